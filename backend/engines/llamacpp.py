"""llama.cpp in this process: the fast engine on a CPU, for the default base and its adapters.

Requests run side by side (continuous batching), what two prompts share is read once (prefix
caching), and all samples of a request share its prompt. Source: llama.cpp's server through the
package `xllamacpp`; it is called in process, and its own door is a socket that nobody else can
open. The same requests in the same order give the same replies; a request that runs beside others
may differ, since floating-point sums depend on the batch.
"""

import json
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import xllamacpp
from llguidance import LLMatcher
from transformers import AutoTokenizer

from backend.engines import (
    EngineError,
    EngineFailed,
    EngineUnavailable,
    Grammar,
    Message,
    Reply,
    Request,
    Sample,
)
from backend.engines.base_model import base_folder
from backend.engines.gguf_model import quantised
from backend.engines.jobs import Line, Stream, work_off
from backend.engines.prompts import Prompts

#: Samples that run at once, of all requests together.
SLOTS = 64

#: One way to write JSON, that of `json.dumps`: a small model can't get lost in white space.
_JSON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class LlamaCppEngine:
    """Runs the default base, or a LoRA adapter on it, on this machine's CPU.

    `model` is the base's short name or an adapter's folder. `context` are the tokens of all
    requests that run at once, prompts and replies together; a token takes 23 kB of memory. At most
    `parallel` requests run at once and `queue_limit` wait. `threads` is the number of cores less
    one where it is not given. Raises EngineUnavailable.
    """

    def __init__(
        self,
        model: str,
        *,
        context: int = 12_288,
        parallel: int = 16,
        queue_limit: int = 64,
        threads: int | None = None,
    ) -> None:
        self.model = model
        path = quantised(model)
        self._prompts = Prompts(AutoTokenizer.from_pretrained(base_folder()), model)
        self._context = context
        self._room = _Room(context)
        self._parallel = parallel
        self._line = Line(Path(model).name, parallel=parallel, limit=queue_limit)
        self._workers = ThreadPoolExecutor(parallel, thread_name_prefix=f"llama.cpp {model}")
        self._folder = Path(tempfile.mkdtemp(prefix="uncanny-"))  # nobody else may look into it
        try:
            self._server: Any = xllamacpp.Server(
                _params(path, self._folder, context, threads or default_threads())
            )
        except (RuntimeError, ValueError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise EngineUnavailable(f"llama.cpp can't load {path}: {error}") from error

    def submit(self, request: Request) -> Stream:
        """Queue a request. Raises EngineBusy if the queue is full."""
        return self._line.join(request, self._start)

    def generate(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """Answer many, in order, as many at once as there is room for."""
        submit = partial(self._line.join, start=self._start, bounded=False)
        return work_off(submit, requests, parallel=self._parallel)

    def enforces(self, grammar: Grammar) -> bool:
        """Tell whether replies are sure to match: they are, wherever the grammar compiles."""
        try:
            compiled(grammar)
        except EngineFailed:
            return False
        return True

    def close(self) -> None:
        """Cancel all and give back the memory."""
        self._line.close()
        self._workers.shutdown()
        self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def tokens(self, messages: Sequence[Message], begun: str = "") -> list[int]:
        """What the model is given for these messages and the reply's beginning."""
        return self._prompts.tokens(messages, begun)

    def _start(self, stream: Stream) -> "Future[None]":
        return self._workers.submit(self._answer, stream)

    def _answer(self, stream: Stream) -> None:
        try:
            asked = self._asked(stream.request)
            size = len(asked["prompt"]) + asked["max_tokens"] * asked["n"]
            with self._room.taken(size, stream):
                if not stream.over:
                    self._read(stream, asked)
        except EngineError as error:
            stream.fail(error)

    def _asked(self, request: Request) -> dict[str, Any]:
        """The request as llama.cpp takes it. Raises EngineFailed if it can't be served."""
        decoding = request.decoding
        prompt = self.tokens(request.messages, request.begun)
        room = self._context - len(prompt)
        if room < request.samples:
            raise EngineFailed(
                f"{self.model} has room for {self._context} tokens and the prompt alone has "
                f"{len(prompt)}: send fewer messages, or allow more with context"
            )
        asked = {
            "prompt": prompt,
            "n": request.samples,
            "max_tokens": min(decoding.max_tokens, room // request.samples),
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "top_k": decoding.top_k,
            "min_p": decoding.min_p,
            "repeat_penalty": decoding.repetition_penalty,
            "seed": request.seed % 2**32,
            "stop": list(decoding.stop),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return asked | ({"grammar": compiled(request.grammar)} if request.grammar else {})

    def _read(self, stream: Stream, asked: dict[str, Any]) -> None:
        heard = _Heard(stream, asked["n"])
        self._server.handle_completions(json.dumps(asked), heard.take)
        if heard.error:
            stream.fail(EngineFailed(f"{self.model} broke in mid-reply: {heard.error}"))
        elif not stream.over:
            stream.finish(heard.reply())


class _Room:
    """Tokens that requests take together; who finds too few left waits until others leave."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int, stream: Stream) -> Iterator[None]:
        """Hold `size` tokens, once they are free or nobody waits for this stream any more."""
        stream.when_dropped(self._wake)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= size or stream.over)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Heard:
    """What has come of a reply: the text of each sample, how it ended, and counts of tokens."""

    def __init__(self, stream: Stream, samples: int) -> None:
        self.error = ""
        self._stream = stream
        self._texts = [""] * samples
        self._ends: list[Literal["stop", "length"]] = ["length"] * samples
        self._prompt = self._kept = self._new = 0

    def take(self, chunk: Any) -> bool:
        """Take in one chunk; True to stop, because nobody waits for the reply any more."""
        read: dict[str, Any] = json.loads(chunk) if isinstance(chunk, str | bytes) else chunk
        if "error" in read:
            self.error = str(read["error"].get("message", read["error"]))
        for choice in read.get("choices", ()):
            at, text = choice["index"], choice["text"]
            self._texts[at] += text
            if at == 0:
                self._stream.push(text)
            if choice["finish_reason"]:
                self._ends[at] = "stop" if choice["finish_reason"] == "stop" else "length"
        if usage := read.get("usage"):
            self._prompt = usage["prompt_tokens"]
            self._new += usage["completion_tokens"]
            details = usage.get("prompt_tokens_details") or {}
            self._kept = min(details.get("cached_tokens", 0), self._prompt)
        return self._stream.over

    def reply(self) -> Reply:
        """The finished reply."""
        samples = [Sample(text=t, finish=f) for t, f in zip(self._texts, self._ends, strict=True)]
        return Reply(
            text=samples[0].text,
            finish=samples[0].finish,
            others=tuple(samples[1:]),
            prompt_tokens=self._prompt,
            kept_tokens=self._kept,
            new_tokens=self._new,
        )


@lru_cache(maxsize=256)
def _checked(source: str) -> str:
    if complaint := LLMatcher.validate_grammar(source):
        raise EngineFailed(f"the grammar can't be compiled: {complaint}")
    return source


def compiled(grammar: Grammar) -> str:
    """The grammar in the language of llguidance. Raises EngineFailed if it can't be compiled.

    llama.cpp would ignore one that can't be compiled, so it is checked here.
    """
    if grammar.regex is not None:
        # A bare slash would end the expression; an escaped one must not be escaped again.
        body = grammar.regex.replace("\\/", "/").replace("/", "\\/")
        source = f"start: /{body}/"
    else:
        schema = {**(grammar.json_schema or {}), "x-guidance": _JSON}
        source = f"start: %json {json.dumps(schema)}"
    _checked(source)
    return f"%llguidance {{}}\n{source}"


def default_threads() -> int:
    """`UNCANNY_THREADS`, else the number of cores less one. Raises EngineUnavailable."""
    given = os.environ.get("UNCANNY_THREADS", "")
    if not given:
        return max(1, (os.cpu_count() or 2) - 1)
    if not given.isdecimal() or int(given) < 1:
        raise EngineUnavailable(f"UNCANNY_THREADS is a number of threads; got {given!r}")
    return int(given)


def _params(path: Path, folder: Path, context: int, threads: int) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.kv_unified = context, SLOTS, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers = 0
    params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
    params.cache_ram_mib = 0
    params.verbosity = -1
    params.hostnames = [str(folder / "llama.sock")]
    params.api_keys = [secrets.token_urlsafe()]
    return params
