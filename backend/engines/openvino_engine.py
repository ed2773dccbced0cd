"""OpenVINO GenAI: the fast engine on a CPU, for the default base and its adapters.

Requests run side by side (continuous batching), what two prompts share is read once (prefix
caching), and all samples of a request share its prompt. One thread owns the model. The same
requests in the same order give the same replies; a request that runs beside others may differ,
since floating-point sums depend on the batch.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import openvino_genai
from llguidance import LLMatcher
from outlines_core.json_schema import build_regex_from_schema
from transformers import AutoTokenizer
from typing_extensions import override

from backend.engines import (
    EngineFailed,
    EngineUnavailable,
    Grammar,
    Reply,
    Request,
    Sample,
)
from backend.engines.base_model import base_folder
from backend.engines.jobs import Line, Stream
from backend.engines.openvino_files import quantised
from backend.engines.prompts import Prompts
from backend.engines.serving import ModelThread, default_threads
from backend.engines.streaming import TextStream

#: Tokens of one block of the cache, by OpenVINO's CPU plugin.
BLOCK = 32

#: What the seeds of a request's calls lie apart: a prime, so that requests seldom share one.
_SAMPLE_STRIDE = 104_729

#: Tokens of one step, of all requests together.
STEP_TOKENS = 1024


class OpenVinoEngine(ModelThread["_Row"]):
    """Runs the default base, or a LoRA adapter on it, on this machine's CPU.

    `model` is the base's short name or an adapter's folder. `context` are the tokens of all
    requests that run at once, prompts and replies together; a token takes about 12 kB of memory.
    At most `parallel` requests run at once and `queue_limit` wait. `threads` is the number of cores
    less one where it is not given. Raises EngineUnavailable.
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
        self._context = context
        self._path, self._threads = quantised(model), threads or default_threads()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(base_folder())
        self._pipeline = self._loaded()
        self._running: list[_Row] = []
        self._numbers = 0
        line = Line(Path(model).name, parallel=parallel, limit=queue_limit)
        super().__init__(model, Prompts(self._tokenizer, model), line)

    def enforces(self, grammar: Grammar) -> bool:
        """Tell whether replies are sure to match: they are, wherever the grammar compiles."""
        try:
            expression(grammar)
        except EngineFailed:
            return False
        return True

    def _loaded(self) -> Any:
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.num_kv_blocks = self._context // BLOCK
        scheduler.max_num_batched_tokens = STEP_TOKENS
        scheduler.enable_prefix_caching = True
        try:
            return openvino_genai.ContinuousBatchingPipeline(
                str(self._path), scheduler, "CPU", self._properties()
            )
        except RuntimeError as error:
            raise EngineUnavailable(
                f"OpenVINO can't load {self._path}: {_last_line(error)}; remove the folder, and "
                "it is made anew"
            ) from error

    def _properties(self) -> dict[str, Any]:
        """Settings of OpenVINO.

        Threads are not bound to cores: every engine would bind its threads to the same ones, so
        that two engines, or two processes, would share one core and leave the others idle.
        """
        return {"INFERENCE_NUM_THREADS": self._threads, "ENABLE_CPU_PINNING": False}

    @override
    def _row(self, stream: Stream) -> "_Row":
        return _Row(stream, *self._asked(stream.request), self._decode)

    def _asked(self, request: Request) -> "tuple[list[int], list[Any]]":
        """The prompt and the settings of each call. Raises EngineFailed if it can't be served.

        Samples come from one call, which reads the prompt once. Under a grammar each has its own,
        since OpenVINO follows the grammar with the first sample of a call alone.
        """
        prompt = self.tokens(request.messages, request.begun)
        room = (self._context - BLOCK - len(prompt)) // request.samples
        if room < 1:
            raise EngineFailed(
                f"{self.model} has room for {self._context} tokens and the prompt alone has "
                f"{len(prompt)}: send fewer messages, or allow more with context"
            )
        calls = request.samples if request.grammar and request.decoding.temperature else 1
        seeds = (request.seed + number * _SAMPLE_STRIDE for number in range(calls))
        return prompt, [self._settings(request, seed, room, calls) for seed in seeds]

    def _settings(self, request: Request, seed: int, room: int, calls: int) -> Any:
        decoding, end = request.decoding, int(self._tokenizer.eos_token_id)
        config: Any = openvino_genai.GenerationConfig()
        config.apply_chat_template = False
        config.eos_token_id, config.stop_token_ids = end, {end}
        config.max_new_tokens = min(decoding.max_tokens, room)
        config.stop_strings = set(decoding.stop)
        config.repetition_penalty = decoding.repetition_penalty
        config.do_sample = decoding.temperature > 0
        if config.do_sample:
            config.temperature, config.top_p = decoding.temperature, decoding.top_p
            config.min_p = decoding.min_p
            if decoding.top_k:
                config.top_k = decoding.top_k
            config.num_return_sequences = request.samples // calls
            config.rng_seed = seed % 2**31
        if request.grammar:
            config.structured_output_config = openvino_genai.StructuredOutputConfig(
                regex=expression(request.grammar)
            )
        return config

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    @override
    def _work(self) -> None:
        """Take in who has arrived, make all their replies together, and hand them out.

        It is a batch at a time by `generate`, and not step by step: `step` keeps Python's lock, so
        that no other thread, another engine's or the web server's, could run meanwhile.
        """
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._arrived or self._closing)
                if self._closing:
                    break
                self._running = self._batch()
            try:
                self._make(self._running)
            except Exception as error:  # whatever the library throws: who waits must hear of it
                self._fail(error)
            for row in self._running:
                row.leave()
            self._running = []

    def _batch(self) -> "list[_Row]":
        """Whoever there is room for, in order."""
        batch: list[_Row] = []
        used = 0
        while self._arrived and (not batch or used + self._arrived[0].size <= self._context):
            row = self._arrived.popleft()
            used += row.size
            if row.over:
                row.leave()
            else:
                batch.append(row)
        return batch

    def _make(self, rows: "Sequence[_Row]") -> None:
        """The replies of these requests. What is made for one alone is passed on as it comes."""
        if not rows:
            return
        calls = [(row, config) for row in rows for config in row.configs]
        streams = len(calls) == 1 and rows[0].samples == 1
        found = self._pipeline.generate(
            [openvino.Tensor(np.array([row.prompt])) for row, _ in calls],
            [config for _, config in calls],
            _Watch(rows[0]) if streams else None,
        )
        made: dict[int, list[list[int]]] = {}
        for (row, _), result in zip(calls, found, strict=True):
            made.setdefault(id(row), []).extend(result.m_generation_ids)
        for row in rows:
            row.finish(made[id(row)])

    @override
    def _release(self) -> None:
        self._pipeline = None

    def _fail(self, error: Exception) -> None:
        """End all that run in an error, and begin anew with an empty model."""
        for row in self._running:
            row.stream.fail(EngineFailed(f"{self.model} broke in mid-reply: {_last_line(error)}"))
        self._pipeline = None
        self._pipeline = self._loaded()


class _Row:
    """A request under way. `size` are the tokens it may take in all."""

    def __init__(
        self,
        stream: Stream,
        prompt: list[int],
        configs: Sequence[Any],
        decode: Callable[[list[int]], str],
    ) -> None:
        self.stream, self._decode = stream, decode
        self.done: Future[None] = Future()
        self.prompt, self.configs = prompt, configs
        self.samples = stream.request.samples
        new = self.configs[0].max_new_tokens * self.samples
        self.size = len(self.prompt) * len(configs) + new + BLOCK
        self._stop = stream.request.decoding.stop
        self._text = TextStream(decode, self._stop)

    @property
    def over(self) -> bool:
        """Whether it has ended, or nobody waits for more of it."""
        if not self.stream.over and self.stream.remaining <= 0:
            self.stream.time_out()
        return self.stream.over

    def push(self, token: int) -> None:
        """Pass on the text of one more token."""
        self.stream.push(self._text.push(token))

    def finish(self, made: Sequence[list[int]]) -> None:
        """End with these samples; where all would be the same, one was made."""
        samples = [self._sample(ids) for ids in made]
        samples = samples if len(samples) == self.samples else samples[:1] * self.samples
        if self.samples == 1:
            # All of it, where nothing was passed on before.
            self.stream.push(self._text.flush() if self._text.text else samples[0].text)
        self.stream.finish(
            Reply(
                text=samples[0].text,
                finish=samples[0].finish,
                others=tuple(samples[1:]),
                prompt_tokens=len(self.prompt),
                new_tokens=sum(map(len, made)),
            )
        )

    def leave(self) -> None:
        """Tell the line that there is room."""
        if not self.done.done():
            self.done.set_result(None)

    def _sample(self, ids: list[int]) -> Sample:
        text = TextStream(self._decode, self._stop)
        for token in ids:
            text.push(token)
        text.flush()
        is_cut = len(ids) >= self.configs[0].max_new_tokens
        return Sample(text=text.text, finish="length" if is_cut else "stop")


class _Watch(openvino_genai.StreamerBase):  # type: ignore[misc]
    """Passes on the tokens of one request, and stops it once nobody waits for it."""

    def __init__(self, row: _Row) -> None:
        super().__init__()
        self._row = row

    def write(self, token: int | list[int]) -> Any:
        """Take in what was made since the last call."""
        for one in token if isinstance(token, list) else [token]:
            self._row.push(one)
        status = openvino_genai.StreamingStatus
        return status.CANCEL if self._row.over else status.RUNNING

    def end(self) -> None:
        """Nothing is left to pass on: the reply itself ends the stream."""


@lru_cache(maxsize=256)
def _checked(regex: str) -> str:
    if complaint := LLMatcher.validate_grammar(LLMatcher.grammar_from_regex(regex)):
        raise EngineFailed(f"the grammar {regex!r} can't be compiled: {complaint}")
    return regex


def expression(grammar: Grammar) -> str:
    """The regular expression of a grammar. Raises EngineFailed if it can't be compiled.

    A schema allows one way to write JSON, that of `json.dumps`: with free white space, a small
    model gets lost in it. The check is llguidance's, since OpenVINO reports a mistake in a grammar
    only in the midst of a step, where it ends all other requests, too.
    """
    if grammar.regex is not None:
        return _checked(grammar.regex)
    try:
        return _checked(build_regex_from_schema(json.dumps(grammar.json_schema), "[ ]?"))
    except ValueError as error:
        raise EngineFailed(f"the grammar can't be compiled: {error}") from error


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
