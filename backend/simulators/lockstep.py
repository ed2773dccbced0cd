"""Many dialogues at once: each goes as far as it can, then all that wait ask the engine together.

Dialogues run in fixed groups, so that a run taken up again makes the batches it would have made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from backend.dialogue import Dialogue
from backend.engines import Engine, EngineError, Reply, Request
from backend.simulators.talk import Broken, Conversation

#: Dialogues that run side by side.
WIDTH = 64


@dataclass
class _Waiting:
    at: int
    under_way: Conversation
    engine: Engine
    request: Request


def together(
    conversations: Iterable[Conversation], width: int = WIDTH
) -> Iterator[Dialogue | Broken]:
    """The dialogues, in order, or in the place of one that broke off, how."""
    source = iter(conversations)
    while group := list(islice(source, width)):
        yield from _group(group)


def _group(group: Sequence[Conversation]) -> list[Dialogue | Broken]:
    made: dict[int, Dialogue | Broken] = {}
    waiting = [w for at, one in enumerate(group) if (w := _go_on(at, one, None, made))]
    while waiting:
        replies = _ask(waiting)
        waiting = [
            w
            for asked, reply in zip(waiting, replies, strict=True)
            if (w := _go_on(asked.at, asked.under_way, reply, made))
        ]
    return [made[at] for at in range(len(group))]


def _ask(waiting: Sequence[_Waiting]) -> list[Reply | EngineError]:
    """Their replies, each engine asked once."""
    replies: dict[int, Reply | EngineError] = {}
    engines = {id(one.engine): one.engine for one in waiting}
    for key, engine in engines.items():
        those = [one for one in waiting if id(one.engine) == key]
        given = engine.generate([one.request for one in those])
        replies |= {one.at: reply for one, reply in zip(those, given, strict=True)}
    return [replies[one.at] for one in waiting]


def _go_on(
    at: int,
    under_way: Conversation,
    reply: Reply | EngineError | None,
    made: dict[int, Dialogue | Broken],
) -> _Waiting | None:
    try:
        if reply is None:
            engine, request = next(under_way)
        elif isinstance(reply, EngineError):
            engine, request = under_way.throw(reply)
        else:
            engine, request = under_way.send(reply)
    except StopIteration as done:
        made[at] = done.value
        return None
    except Broken as broken:
        made[at] = broken
        return None
    return _Waiting(at, under_way, engine, request)
