"""Run many dialogues concurrently, batching their requests to the engines.

Each dialogue runs until it needs a reply; then the requests of all of them are sent together.

Dialogues run in fixed groups, so that a run taken up again makes the batches it would have made.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count, islice

from backend.conversations.talk import Broken, Conversation
from backend.dialogue import Dialogue
from backend.engines import Engine, EngineError, Reply, Request

#: Dialogues that run side by side.
WIDTH = 128

#: Requests of a turn at least: its action and its words.
A_TURN = 2


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
    """The dialogues of one group. Half of them begin a turn later: then both engines have work."""
    made: dict[int, Dialogue | Broken] = {}
    late = list(range(len(group) // 2, len(group)))
    waiting = _begin(group, range(len(group) // 2), made)
    for round_ in count():
        if round_ == A_TURN or not waiting:
            waiting += _begin(group, late, made)
            late = []
        if not waiting:
            break
        replies = _ask(waiting)
        waiting = [
            w
            for asked, reply in zip(waiting, replies, strict=True)
            if (w := _go_on(asked.at, asked.under_way, reply, made))
        ]
    return [made[at] for at in range(len(group))]


def _begin(
    group: Sequence[Conversation], which: Iterable[int], made: dict[int, Dialogue | Broken]
) -> list[_Waiting]:
    return [w for at in which if (w := _go_on(at, group[at], None, made))]


def _ask(waiting: Sequence[_Waiting]) -> list[Reply | EngineError]:
    """Their replies. Each engine is asked once, and all at the same time."""
    by_engine: dict[int, list[_Waiting]] = {}
    for one in waiting:
        by_engine.setdefault(id(one.engine), []).append(one)

    def answer(those: list[_Waiting]) -> list[tuple[int, Reply | EngineError]]:
        given = those[0].engine.generate([one.request for one in those])
        return [(one.at, reply) for one, reply in zip(those, given, strict=True)]

    with ThreadPoolExecutor(len(by_engine)) as pool:
        replies = dict(chain.from_iterable(pool.map(answer, by_engine.values())))
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
