"""OpenVINO GenAI: the fast engine on a CPU, for the default base and its adapters.

Requests run side by side (continuous batching), what two prompts share is read once (prefix
caching), and all samples of a request share its prompt. One thread owns the model. The same
requests in the same order give the same replies; a request that runs beside others may differ,
since floating-point sums depend on the batch.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Literal

import numpy as np
import openvino
import openvino_genai
from openvino_genai import GenerationFinishReason
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
from backend.engines.expressions import enforces, expression
from backend.engines.jobs import RequestQueue, Stream
from backend.engines.light_tokenizer import LightTokenizer
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
        self._tokenizer = LightTokenizer(base_folder())
        self._pipeline = self._loaded()
        self._running: list[_Row] = []
        self._numbers = 0
        line = RequestQueue(Path(model).name, parallel=parallel, limit=queue_limit)
        super().__init__(model, Prompts(self._tokenizer, model), line)

    def enforces(self, grammar: Grammar) -> bool:
        """Tell whether replies are sure to match: they are, wherever the grammar compiles."""
        return enforces(grammar)

    def _loaded(self) -> Any:
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.num_kv_blocks = self._context // BLOCK
        scheduler.max_num_batched_tokens = STEP_TOKENS
        scheduler.enable_prefix_caching = True
        # Threads that are bound to cores would share one with the next process's.
        settings = {"INFERENCE_NUM_THREADS": self._threads, "ENABLE_CPU_PINNING": False}
        try:
            return openvino_genai.ContinuousBatchingPipeline(
                str(self._path), scheduler, "CPU", settings
            )
        except RuntimeError as error:
            raise EngineUnavailable(
                f"OpenVINO can't load {self._path}: {_last_line(error)}; remove the folder, and "
                "it is made anew"
            ) from error

    @override
    def _row(self, stream: Stream) -> "_Row":
        return _Row(stream, *self._asked(stream.request), self._tokenizer.decode)

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
        decoding, end = request.decoding, self._tokenizer.eos_token_id
        config: Any = openvino_genai.GenerationConfig()
        config.apply_chat_template = False
        # Stop strings are looked for here (`TextStream`), and generation ends at tokens that hold
        # one. OpenVINO's own `stop_strings` decode after each token, which hung now and then, in
        # `match_stop_string`, with several models on a busy machine (2026.4.1).
        config.eos_token_id = end
        config.stop_token_ids = {end, *self._tokenizer.holding(tuple(filter(None, decoding.stop)))}
        config.max_new_tokens = min(decoding.max_tokens, room)
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

    @override
    def _work(self) -> None:
        """Take in who has arrived, step, and hand out what was made."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._arrived or self._running or self._closing)
                if self._closing:
                    break
                self._join()
            try:
                self._pipeline.step()
                for row in self._running:
                    row.read()
            except Exception as error:  # whatever the library throws: who waits must hear of it
                self._fail(error)
            for row in [row for row in self._running if row.over]:
                self._running.remove(row)
                row.leave()
        for row in self._running:
            row.leave()
        self._pipeline.step()  # lets go of what was cancelled

    @override
    def _release(self) -> None:
        self._pipeline = None

    def _join(self) -> None:
        """Let in, in order, whoever there is room for."""
        used = sum(row.size for row in self._running)
        while self._arrived and (
            not self._running or used + self._arrived[0].size <= self._context
        ):
            row = self._arrived.popleft()
            used += row.size
            try:
                for config in row.configs:
                    self._numbers += 1
                    prompt = openvino.Tensor(np.array([row.prompt]))
                    row.handles.append(self._pipeline.add_request(self._numbers, prompt, config))
                self._running.append(row)
            except RuntimeError as error:
                row.stream.fail(EngineFailed(f"{self.model} refuses this: {_last_line(error)}"))
                row.leave()

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
        self.handles: list[Any] = []
        new = self.configs[0].max_new_tokens * stream.request.samples
        self.size = len(self.prompt) * len(configs) + new + BLOCK
        self._stop = stream.request.decoding.stop
        self._text = TextStream(decode, self._stop)
        self._new = 0

    @property
    def over(self) -> bool:
        """Whether it has ended, or nobody waits for more of it."""
        if not self.stream.over and self.stream.remaining <= 0:
            self.stream.time_out()
        return self.stream.over

    def read(self) -> None:
        """Pass on what was made: as it comes if there is one sample, else once all are there."""
        if self.stream.request.samples > 1 and self.configs[0].do_sample:
            ended = openvino_genai.GenerationStatus.FINISHED
            if all(handle.get_status() == ended for handle in self.handles):
                outputs = [out for handle in self.handles for out in handle.read_all()]
                self._finish([self._sample(out) for out in outputs])
            return
        handle = self.handles[0]
        while not self.stream.over and handle.can_read():
            for out in handle.read().values():
                for token in out.generated_ids:
                    self._new += 1
                    self.stream.push(self._text.push(token))
                if self._text.stopped or out.finish_reason != GenerationFinishReason.NONE:
                    self.stream.push(self._text.flush())
                    only = Sample(text=self._text.text, finish=_how(out, self._text))
                    self._finish([only] * self.stream.request.samples)

    def leave(self) -> None:
        """Give up what is still being made, and tell the line that there is room."""
        for handle in self.handles:
            handle.cancel()
        if not self.done.done():
            self.done.set_result(None)

    def _sample(self, out: Any) -> Sample:
        text = TextStream(self._decode, self._stop)
        for token in out.generated_ids:
            text.push(token)
        text.flush()
        self._new += len(out.generated_ids)
        return Sample(text=text.text, finish=_how(out, text))

    def _finish(self, samples: Sequence[Sample]) -> None:
        self.stream.finish(
            Reply(
                text=samples[0].text,
                finish=samples[0].finish,
                others=tuple(samples[1:]),
                prompt_tokens=len(self.prompt),
                new_tokens=self._new,
            )
        )


def _how(out: Any, text: TextStream) -> Literal["stop", "length"]:
    is_cut_off = out.finish_reason == GenerationFinishReason.LENGTH and not text.stopped
    return "length" if is_cut_off else "stop"


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
