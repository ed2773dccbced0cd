"""Local models by transformers: any causal model by folder or name, many chats at once.

One thread owns the model. Requests that wait are generated together (`batching.py`), and those
that come later wait for that batch to end. A grammar is followed token by token (`grammars.py`).
The same request and seed give the same reply, whatever runs beside it, as far as floating-point
sums in batches of other sizes agree.
"""

import gc
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig
from typing_extensions import override

from backend.engines import (
    EngineFailed,
    Grammar,
)
from backend.engines.batching import BatchRequest, Room, fitting, generate
from backend.engines.grammars import Grammars, GrammarState
from backend.engines.jobs import RequestQueue, Stream
from backend.engines.loading import load
from backend.engines.prompts import Prompts
from backend.engines.serving import ModelThread, default_threads


class TransformersEngine(ModelThread[BatchRequest]):
    """Runs a model on this machine.

    `model` is a folder or a hub name; a folder of a LoRA adapter brings its base with it, and
    `adapter` puts one on top. `device` and `dtype` are chosen where not given: CUDA in bfloat16,
    else the CPU in float32. At most `max_batch` requests run at once and `queue_limit` wait;
    `batch_tokens` are those of all that run at once, prompts, replies and padding together, unless
    one request alone takes more. `threads` are those of torch on the CPU, which the whole process
    shares. Raises EngineUnavailable.
    """

    def __init__(
        self,
        model: str,
        *,
        adapter: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        max_batch: int = 32,
        queue_limit: int = 64,
        batch_tokens: int = 16_384,
        threads: int | None = None,
    ) -> None:
        torch.set_num_threads(threads or default_threads())
        self._network, self._tokenizer = load(model, adapter=adapter, device=device, dtype=dtype)
        config = self._network.config.get_text_config()
        self._most: int = getattr(config, "max_position_embeddings", None) or 2**31
        self._vocabulary: int = config.vocab_size
        self._ends = _ends(self._network, self._tokenizer)
        self._grammars = Grammars(self._tokenizer, self._vocabulary, self._ends)
        self._network.generation_config = GenerationConfig()  # a request says how it is decoded
        self._room = Room(max_batch, self._most, batch_tokens)
        line = RequestQueue(Path(model).name, parallel=max_batch, limit=queue_limit)
        super().__init__(model, Prompts(self._tokenizer, model), line)

    def enforces(self, grammar: Grammar) -> bool:
        """Tell whether replies are sure to match: they are, wherever the grammar compiles."""
        try:
            self._grammars.follow(grammar)
        except EngineFailed:
            return False
        return True

    @override
    def _release(self) -> None:
        self._network = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    @override
    def _row(self, stream: Stream) -> BatchRequest:
        request = stream.request
        prompt = self.tokens(request.messages, request.begun)
        room = self._most - len(prompt)
        if room < 1:
            raise EngineFailed(
                f"{self.model} sees {self._most} tokens and the prompt alone has {len(prompt)}: "
                "send fewer messages, or take a model with a longer context"
            )

        def follower() -> GrammarState | None:
            return self._grammars.follow(request.grammar) if request.grammar else None

        return BatchRequest(stream, prompt, room, self._ends, follower, self._decode)

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    @override
    def _work(self) -> None:
        """Serve until closed: generate for those who wait, as many as fit, then for the next."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._arrived or self._closing)
                if self._closing:
                    return
                waiting = list(self._arrived)
                batch = [self._arrived.popleft() for _ in range(fitting(waiting, self._room))]
            try:
                generate(self._network, batch)
            except Exception as error:  # whatever a model throws: those who wait must hear of it
                failed = EngineFailed(f"{self.model} broke in mid-reply: {_advice(error)}")
                for asked in batch:
                    asked.stream.fail(failed)
            for asked in batch:
                asked.done.set_result(None)


def _ends(network: Any, tokenizer: Any) -> list[int]:
    """Tokens that end a reply, by the model's generation settings and its tokenizer."""
    given = getattr(network.generation_config, "eos_token_id", None)
    ends = [given] if isinstance(given, int) else list(given or ())
    if tokenizer.eos_token_id is not None:
        ends.append(tokenizer.eos_token_id)
    return list(dict.fromkeys(ends))


def _advice(error: Exception) -> str:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return "out of memory; lower batch_tokens, use a smaller dtype, or a smaller model"
    return f"{type(error).__name__}: {error}"
