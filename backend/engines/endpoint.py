"""Engine for a server with OpenAI's chat API: vLLM, Ollama, llama.cpp, `transformers serve`.

A schema is sent along where the server takes one; where it refuses, that is remembered
(`server_parameters.py`) and the form is left to the prompt and the parser (`structured.py`). What
a server promises can't be checked from here, so replies count as unenforced either way.
"""

import itertools
import os
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal

import httpx2
import openai

from backend.engines import (
    EngineBusy,
    EngineError,
    EngineFailed,
    EngineTimeout,
    EngineUnavailable,
    Grammar,
    Reply,
    Request,
)
from backend.engines.jobs import RequestQueue, Stream, work_off
from backend.engines.server_events import StreamedReply
from backend.engines.server_parameters import ServerParameters

#: Seconds within which a server has to take the connection.
CONNECT = 10.0

#: What passes by itself: nobody there for now, too many requests, a fault of the server.
OUTAGES = (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError)


class EndpointEngine:
    """Asks a server. `base_url` ends in `/v1`; `key_variable` names the variable with the key.

    `parallel` requests are under way at once and `queue_limit` wait. Nothing is asked until the
    first request, so a server may come up later. An outage is met by `retries` further tries, after
    `first_wait` seconds, then twice as many each time, or as long as the server asks for.
    `leave_out` names parameters that the server is never sent.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        key_variable: str = "OPENAI_API_KEY",
        parallel: int = 8,
        queue_limit: int = 64,
        retries: int = 4,
        first_wait: float = 0.5,
        leave_out: Collection[str] = (),
    ) -> None:
        self.model = model
        self._url = base_url
        self._client: Any = openai.OpenAI(
            base_url=base_url, api_key=os.environ.get(key_variable) or "none", max_retries=0
        )
        self._parallel = parallel
        self._retries, self._first_wait = retries, first_wait
        self._parameters = ServerParameters(leave_out)
        self._line = RequestQueue(model, parallel=parallel, limit=queue_limit)
        self._workers = ThreadPoolExecutor(parallel, thread_name_prefix=f"endpoint {model}")

    def submit(self, request: Request) -> Stream:
        """Queue a request. Raises EngineBusy if the queue is full."""
        return self._line.join(request, self._start)

    def generate(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """Answer many, in order, as many at once as the engine was told."""
        submit = partial(self._line.join, start=self._start, bounded=False)
        return work_off(submit, requests, parallel=self._parallel)

    def enforces(self, grammar: Grammar) -> bool:
        """Tell whether replies are sure to match: a server's word for it can't be checked."""
        return False

    def close(self) -> None:
        """Cancel all and close the connections."""
        self._line.close()
        self._workers.shutdown()
        self._client.close()

    def _start(self, stream: Stream) -> "Future[None]":
        return self._workers.submit(self._ask, stream)

    def _ask(self, stream: Stream) -> None:
        try:
            self._read(stream)
        except openai.APITimeoutError:
            stream.time_out()
        except httpx2.TimeoutException:
            stream.time_out()
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            stream.fail(self._known(error))

    def _read(self, stream: Stream) -> None:
        reply = StreamedReply()
        with self._patiently(stream) as answer:
            stream.when_dropped(answer.close)
            for piece in reply.read(answer.iter_lines()):
                stream.push(piece)
                if stream.over:
                    return
        how: Literal["stop", "length"] = "length" if reply.finish == "length" else "stop"
        stream.finish(
            Reply(
                text="".join(reply.pieces),
                finish=how,
                prompt_tokens=reply.usage.get("prompt_tokens"),
                kept_tokens=(reply.usage.get("prompt_tokens_details") or {}).get("cached_tokens"),
                new_tokens=reply.usage.get("completion_tokens"),
            )
        )

    @contextmanager
    def _patiently(self, stream: Stream) -> Iterator[Any]:
        """Open the answer of the server; an outage is waited out within the request's time."""
        dropped = threading.Event()
        stream.when_dropped(dropped.set)
        with ExitStack() as opened:
            for attempt in itertools.count():
                try:
                    answer = opened.enter_context(self._open(stream))
                    break
                except OUTAGES as error:
                    wait = _wait_asked_for(error) or self._first_wait * 2**attempt
                    if attempt >= self._retries or wait >= stream.remaining:
                        raise
                    if dropped.wait(wait):
                        raise
            yield answer

    def _open(self, stream: Stream) -> AbstractContextManager[Any]:
        """Open the answer, asked for once more where the server refuses a parameter by name."""

        @contextmanager
        def opened() -> Iterator[Any]:
            with ExitStack() as stack:
                sent = self._parameters.taken(self._wanted(stream.request))
                try:
                    answer = stack.enter_context(self._create(stream, sent))
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    if not self._parameters.learn(str(error), sent):
                        raise
                    sent = self._parameters.taken(self._wanted(stream.request))
                    answer = stack.enter_context(self._create(stream, sent))
                yield answer

        return opened()

    def _create(self, stream: Stream, sent: dict[str, Any]) -> AbstractContextManager[Any]:
        created: AbstractContextManager[Any] = (
            self._client.chat.completions.with_streaming_response.create(
                model=self.model,
                messages=sent["messages"],
                stream=True,
                extra_body={name: value for name, value in sent.items() if name != "messages"},
                timeout=httpx2.Timeout(max(stream.remaining, 0.1), connect=CONNECT),
            )
        )
        return created

    def _wanted(self, request: Request) -> dict[str, Any]:
        """All that a request asks for, before the server's dislikes."""
        decoding = request.decoding
        wanted: dict[str, Any] = {
            "messages": [{"role": m.speaker, "content": m.text} for m in request.messages],
            "max_tokens": decoding.max_tokens,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "seed": request.seed,
            "stream_options": {"include_usage": True},
        }
        unusual = {
            "stop": (list(decoding.stop), []),
            "top_k": (decoding.top_k, 0),
            "min_p": (decoding.min_p, 0.0),
            "repetition_penalty": (decoding.repetition_penalty, 1.0),
        }
        wanted |= {name: value for name, (value, usual) in unusual.items() if value != usual}
        schema = request.grammar.json_schema if request.grammar else None
        if schema is not None:
            wanted["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": schema},
            }
        return wanted

    def _known(self, error: Exception) -> EngineError:
        """What a client's error means here."""
        where = f"{self.model} at {self._url}"
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return EngineUnavailable(f"{where} refuses the key: {_short(error)}")
        if isinstance(error, openai.NotFoundError):
            return EngineUnavailable(f"{where} is not there: {_short(error)}")
        if isinstance(error, openai.RateLimitError):
            return EngineBusy(f"{where} takes no more requests now: {_short(error)}")
        if isinstance(error, openai.APIStatusError):
            return EngineFailed(f"{where} answered {error.status_code}: {_short(error)}")
        if isinstance(error, openai.APIConnectionError | httpx2.ConnectError):
            cause = error.__cause__ or error
            if isinstance(cause, httpx2.TimeoutException):
                return EngineTimeout(f"{where} did not answer in time")
            return EngineUnavailable(f"nothing answers for {where}: is the server running?")
        return EngineFailed(f"{where} broke off in mid-reply: {_short(error)}")


def _wait_asked_for(error: openai.APIError) -> float | None:
    """Seconds until the server wants to be asked again, if it says so (`Retry-After`)."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, until.timestamp() - time.time())


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
