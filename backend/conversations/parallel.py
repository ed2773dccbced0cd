"""Run many dialogues concurrently, batching their requests to the engines.

Each dialogue runs until it needs a reply; then the requests of all of them are sent together. When
one ends, the next one begins.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count, islice

from backend.conversations.talk import Broken, Conversation
from backend.dialogue import Dialogue
from backend.engines import Engine, EngineError, Reply, Request

#: Dialogues that run side by side: about as many as the engines have room for. With more, what an
#: engine keeps of a dialogue is gone before its next turn.
WIDTH = 32

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
    """The dialogues, in order, or in the place of one that broke off, how.

    Half of the first ones begin a turn later: then both engines have work.
    """
    source = enumerate(conversations)
    made: dict[int, Dialogue | Broken] = {}
    waiting: list[_Waiting] = []
    given = 0
    for round_ in count():
        most = width if round_ >= A_TURN else max(1, width // 2)
        while len(waiting) < most and (begun := list(islice(source, most - len(waiting)))):
            waiting += [w for at, one in begun if (w := _go_on(at, one, None, made))]
        while given in made:
            yield made.pop(given)
            given += 1
        if waiting:
            replies = _ask(waiting)
            waiting = [
                w
                for asked, reply in zip(waiting, replies, strict=True)
                if (w := _go_on(asked.at, asked.under_way, reply, made))
            ]
        elif round_ >= A_TURN:
            return


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
