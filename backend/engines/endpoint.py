"""Engine for a server with OpenAI's chat API: vLLM, Ollama, llama.cpp, `transformers serve`.

A schema is sent along where the server takes one; where it refuses, that is remembered and the
form is left to the prompt and the parser (`structured.py`). What a server promises can't be
checked from here, so replies count as unenforced either way.
"""

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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

#: Seconds within which a server has to take the connection.
CONNECT = 10.0


class EndpointEngine:
    """Asks a server. `base_url` ends in `/v1`; `key_variable` names the variable with the key.

    `parallel` requests are under way at once and `queue_limit` wait. Nothing is asked until the
    first request, so a server may come up later.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        key_variable: str = "OPENAI_API_KEY",
        parallel: int = 8,
        queue_limit: int = 64,
    ) -> None:
        self.model = model
        self._url = base_url
        self._client: Any = openai.OpenAI(
            base_url=base_url, api_key=os.environ.get(key_variable) or "none", max_retries=0
        )
        self._parallel = parallel
        self._takes_schemas = True
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
        pieces: list[str] = []
        finish: str | None = None
        usage: Any = None
        with self._open(stream) as answer:
            stream.when_dropped(answer.close)
            for chunk in answer:
                usage = chunk.usage or usage
                for choice in chunk.choices[:1]:
                    finish = choice.finish_reason or finish
                    if choice.delta.content:
                        pieces.append(choice.delta.content)
                        stream.push(choice.delta.content)
                if stream.over:
                    return
        if finish is None:
            raise ValueError("the stream ended before the reply did")
        how: Literal["stop", "length"] = "length" if finish == "length" else "stop"
        details = getattr(usage, "prompt_tokens_details", None)
        stream.finish(
            Reply(
                text="".join(pieces),
                finish=how,
                prompt_tokens=getattr(usage, "prompt_tokens", None),
                kept_tokens=getattr(details, "cached_tokens", None),
                new_tokens=getattr(usage, "completion_tokens", None),
            )
        )

    def _open(self, stream: Stream) -> Any:
        """Open the answer of the server, asked again without a schema if it takes none."""
        request = stream.request
        schema = request.grammar.json_schema if request.grammar else None
        if schema is None or not self._takes_schemas:
            return self._create(stream)
        form = {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": schema},
        }
        try:
            return self._create(stream, response_format=form)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if "response_format" not in str(error):
                raise
            self._takes_schemas = False
            return self._create(stream)

    def _create(self, stream: Stream, **more: Any) -> Any:
        request, decoding = stream.request, stream.request.decoding
        unusual = {
            "top_k": (decoding.top_k, 0),
            "min_p": (decoding.min_p, 0.0),
            "repetition_penalty": (decoding.repetition_penalty, 1.0),
        }
        return self._client.chat.completions.create(
            model=self.model,
            messages=[{"role": m.speaker, "content": m.text} for m in request.messages],
            max_tokens=decoding.max_tokens,
            temperature=decoding.temperature,
            top_p=decoding.top_p,
            seed=request.seed,
            stop=list(decoding.stop) or None,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={name: value for name, (value, usual) in unusual.items() if value != usual},
            timeout=httpx2.Timeout(max(stream.remaining, 0.1), connect=CONNECT),
            **more,
        )

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


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
