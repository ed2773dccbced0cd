"""Engines: text in, text out. Local transformers, an OpenAI-compatible endpoint, scripted (tests).

An engine knows nothing of roles, films or dialogues. It is handed a `Request` (messages, decoding,
an optional grammar, a seed) and gives a `Job`, which yields text as it is made and ends in a
`Reply` or an `EngineError`. To add an engine, write one file and add one line to `ENGINES`.

Errors, all with a message that says what, where and what to do:

    EngineError
    ├── EngineUnavailable   the model or the server isn't there, or doesn't fit
    ├── EngineBusy          the queue is full; nothing was queued
    ├── EngineTimeout       no reply within the request's `timeout`
    ├── EngineCancelled     `Job.cancel` was called
    └── EngineFailed        it broke in mid-reply, or can't serve this request
"""

import json
import pkgutil
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Protocol, Self

from pydantic import Field, JsonValue, model_validator

from backend.dialogue import Fact

#: Engine name -> factory, resolved on first use: torch is loaded when a local model is asked for.
ENGINES: dict[str, str] = {
    "endpoint": "backend.engines.endpoint:EndpointEngine",
    "local": "backend.engines.local:local_engine",
    "openvino": "backend.engines.openvino_engine:OpenVinoEngine",
    "scripted": "backend.engines.scripted:ScriptedEngine",
    "transformers": "backend.engines.transformers_engine:TransformersEngine",
}


class EngineError(Exception):
    """Base of everything an engine raises."""


class EngineUnavailable(EngineError):
    """The model or the server isn't there, or doesn't fit."""


class EngineBusy(EngineError):
    """The queue is full; nothing was queued."""


class EngineTimeout(EngineError):
    """No complete reply within the time a request allows."""


class EngineCancelled(EngineError):
    """The job was cancelled by its owner."""


class EngineFailed(EngineError):
    """The engine broke in mid-reply, or can't serve this request."""


class Message(Fact):
    """One message of a chat as models know it. Speakers alternate after the system message."""

    speaker: Literal["system", "user", "assistant"]
    text: str


class Decoding(Fact):
    """How tokens are chosen. `temperature` 0 is greedy; `stop` strings are left off the reply."""

    max_tokens: int = Field(default=128, ge=1)
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0)
    min_p: float = Field(default=0.0, ge=0, le=1)
    repetition_penalty: float = Field(default=1.0, gt=0)
    stop: tuple[str, ...] = ()


class Grammar(Fact):
    """What a reply must look like: exactly one of a regular expression and a JSON schema."""

    regex: str | None = None
    json_schema: dict[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.regex is None) == (self.json_schema is None):
            raise ValueError("a grammar is either a regex or a json_schema")
        return self


class Request(Fact):
    """What an engine is asked: continue these messages with one of the assistant's.

    `begun` is how the reply begins already; it is no part of the reply's text. `samples` are drawn
    independently. `chat` names the conversation this belongs to, so that an engine can keep its
    cache between requests; two requests of one chat never run at once. `timeout` is in seconds from
    submission.
    The same request with the same seed gives the same reply, where the engine can promise that.
    """

    messages: tuple[Message, ...] = Field(min_length=1)
    decoding: Decoding = Decoding()
    grammar: Grammar | None = None
    begun: str = ""
    samples: int = Field(default=1, ge=1, le=64)
    seed: int = 0
    chat: str | None = None
    timeout: float = Field(default=120.0, gt=0)


class Sample(Fact):
    """One of several replies to one request."""

    text: str
    finish: Literal["stop", "length"]


class Reply(Fact):
    """A finished reply. `kept_tokens` of the `prompt_tokens` came from the chat's cache.

    `others` are the further samples, if more than one was asked for. Token counts are None where a
    server doesn't tell them.
    """

    text: str
    finish: Literal["stop", "length"]
    others: tuple[Sample, ...] = ()
    prompt_tokens: int | None = None
    kept_tokens: int | None = None
    new_tokens: int | None = None

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All samples, the first one included."""
        return (Sample(text=self.text, finish=self.finish), *self.others)


class Job(Protocol):
    """A request under way."""

    def __iter__(self) -> Iterator[str]:
        """Pieces of text as they are made, joined the reply's text. Raises EngineError."""
        ...

    def reply(self) -> Reply:
        """Wait for the whole reply. Raises EngineError."""
        ...

    def cancel(self) -> None:
        """Stop this job and no other; harmless if it is over."""
        ...

    @property
    def position(self) -> int:
        """How many requests are served before this one is; 0 once it runs."""
        ...


class Engine(Protocol):
    """A model that is ready to answer. `model` names it for provenance."""

    model: str

    def submit(self, request: Request) -> Job:
        """Queue a request. Raises EngineBusy if the queue is full, EngineFailed if impossible."""
        ...

    def generate(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """Answer many at once, in order; an error stands in the place of its reply.

        Not bounded by the queue: a batch of any size is worked off. The same list gives the same
        replies.
        """
        ...

    def enforces(self, grammar: Grammar) -> bool:
        """Whether replies are sure to match this grammar."""
        ...

    def close(self) -> None:
        """Give back memory and threads; jobs under way end in EngineCancelled."""
        ...


def engine(name: str, **settings: Any) -> Engine:
    """Set up the engine of this name. Raises EngineUnavailable."""
    if name not in ENGINES:
        raise EngineUnavailable(f"no engine {name!r}; there are {', '.join(sorted(ENGINES))}")
    factory: Callable[..., Engine] = pkgutil.resolve_name(ENGINES[name])
    return factory(**settings)


_SHARED: dict[tuple[str, str], Engine] = {}
_SHARING = threading.Lock()


def shared(name: str, **settings: Any) -> Engine:
    """The engine of this name and settings, set up once a process. Raises EngineUnavailable."""
    key = (name, json.dumps(settings, sort_keys=True, default=str))
    with _SHARING:
        if key not in _SHARED:
            _SHARED[key] = engine(name, **settings)
        return _SHARED[key]
