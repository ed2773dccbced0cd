"""Structured replies: requested with a grammar and parsed; an unreadable reply is an error.

An engine that enforces the grammar is asked once. Any other is told what was wrong and asked
again; what still can't be read is raised as `Nonsense`, with all that was said.
"""

import json
import re
from collections.abc import Callable, Generator
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from backend.engines import Engine, EngineFailed, Grammar, Message, Reply, Request
from backend.engines.drafts import without_drafts

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

#: Where a JSON object begins: prose may hold other braces.
_OBJECT = re.compile(r"\{(?=\s*[\"}])")


class Nonsense(EngineFailed):
    """No reply could be read. `attempts` are the texts, first to last."""

    def __init__(self, message: str, attempts: tuple[str, ...]) -> None:
        super().__init__(message)
        self.attempts = attempts


def reading(
    request: Request, parse: Callable[[str], T], *, engine: Engine, retries: int = 1
) -> Generator[Request, Reply, T]:
    """Ask until `parse`, which raises ValueError on nonsense, can read the reply.

    At most `retries` more times, and only where the engine doesn't enforce the request's grammar:
    there, asking again would give the same form. Yields requests, is sent their replies, returns
    what was read. Raises Nonsense.
    """
    attempts: list[str] = []
    asked = request
    while True:
        reply = yield asked
        text = without_drafts(reply.text)
        attempts.append(text)
        try:
            return parse(text)
        except ValueError as error:
            reason = str(error)
        if not text.strip():
            reason = "it is empty, or all of it is a draft"
        if reply.finish == "length":
            reason += " (its tokens ran out)"
        enforced = request.grammar is not None and engine.enforces(request.grammar)
        if enforced or len(attempts) > retries:
            break
        correction = f"That can't be read: {reason}. Answer again, in the form asked for."
        more = (
            Message(speaker="assistant", text=text or "(nothing)"),
            Message(speaker="user", text=correction),
        )
        asked = asked.model_copy(update={"messages": (*asked.messages, *more)})
    said = text if len(text) <= 80 else f"{text[:79]}…"
    raise Nonsense(
        f"{engine.model}: no readable reply in {len(attempts)} attempt(s): {reason}; the last"
        f" said {said!r}; ask for a simpler form, allow more tokens, or take a better model",
        tuple(attempts),
    )


def structured(
    engine: Engine, request: Request, parse: Callable[[str], T], *, retries: int = 1
) -> T:
    """What `reading` comes to with this engine alone. Each attempt has the request's timeout.

    Raises Nonsense, or what the engine raises.
    """
    steps = reading(request, parse, engine=engine, retries=retries)
    try:
        asked = next(steps)
        while True:
            asked = steps.send(engine.submit(asked).reply())
    except StopIteration as done:
        read: T = done.value
        return read


def json_reply(model: type[M]) -> Callable[[str], M]:
    r"""Make a parser of the first JSON object in a reply, fenced or surrounded by prose.

    An object that breaks off is an error; what lies inside it isn't taken in its place.

    >>> class Film(BaseModel):
    ...     title: str
    >>> json_reply(Film)('Sure!\n```json\n{"title": "Alien"}\n```')
    Film(title='Alien')
    >>> json_reply(Film)('{"name": "Alien"}')
    Traceback (most recent call last):
    ...
    ValueError: title: Field required
    """

    def parse(text: str) -> M:
        begins = _OBJECT.search(text)
        if begins is None:
            raise ValueError("there is no JSON object in it")
        try:
            _, end = json.JSONDecoder().raw_decode(text, begins.start())
            return model.model_validate_json(text[begins.start() : end])
        except json.JSONDecodeError as error:
            raise ValueError(f"its JSON breaks at character {error.pos}: {error.msg}") from None
        except RecursionError:
            raise ValueError("its JSON is nested too deeply") from None
        except ValidationError as error:
            raise ValueError("; ".join(map(_complaint, error.errors()))) from None

    return parse


def schema_grammar(model: type[BaseModel]) -> Grammar:
    """The grammar of replies that `json_reply(model)` reads."""
    return Grammar(json_schema=model.model_json_schema())


def _complaint(error: ErrorDetails) -> str:
    at = ".".join(map(str, error["loc"]))
    return f"{at}: {error['msg']}" if at else error["msg"]
