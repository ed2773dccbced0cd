"""Local models by transformers: any causal model of a folder or a name, many chats at once.

One thread owns the model. Requests that are under way step together (`batching.py`); a chat's
keys and values are kept between its requests (`kept.py`); a grammar is followed token by token
(`grammars.py`). The same request and seed give the same reply, whatever runs beside it, as far as
floating-point sums in batches of other sizes agree.
"""

import gc
from pathlib import Path
from typing import Any

import torch
from typing_extensions import override

from backend.engines import (
    EngineFailed,
    Grammar,
)
from backend.engines.batching import Batch, Row
from backend.engines.grammars import Follower, Grammars
from backend.engines.jobs import Line, Stream
from backend.engines.kept import KeptCaches
from backend.engines.loading import load
from backend.engines.prompts import Prompts
from backend.engines.serving import ModelThread, default_threads


class TransformersEngine(ModelThread[Row]):
    """Runs a model on this machine.

    `model` is a folder or a hub name; a folder of a LoRA adapter brings its base with it, and
    `adapter` puts one on top. `device` and `dtype` are chosen where not given: CUDA in bfloat16,
    else the CPU in float32. At most `max_batch` requests run at once and `queue_limit` wait;
    `cache_bytes` bounds the kept caches. `threads` are those of torch on the CPU, which the whole
    process shares. Raises EngineUnavailable.
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
        cache_bytes: int = 512 * 2**20,
        threads: int | None = None,
    ) -> None:
        torch.set_num_threads(threads or default_threads())
        self._network, self._tokenizer = load(model, adapter=adapter, device=device, dtype=dtype)
        config = self._network.config.get_text_config()
        self._most: int = getattr(config, "max_position_embeddings", None) or 2**31
        self._vocabulary: int = config.vocab_size
        self._ends = _ends(self._network, self._tokenizer)
        self._grammars = Grammars(self._tokenizer, self._vocabulary, self._ends)
        self._kept = KeptCaches(cache_bytes)
        self._batch = Batch(self._network, self._kept)
        self._max_batch = max_batch
        line = Line(Path(model).name, parallel=max_batch, limit=queue_limit)
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
        self._kept.clear()
        self._network = self._batch = None  # type: ignore[assignment]
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    @override
    def _row(self, stream: Stream) -> Row:
        request = stream.request
        prompt = self.tokens(request.messages, request.begun)
        room = self._most - len(prompt)
        if room < 1:
            raise EngineFailed(
                f"{self.model} sees {self._most} tokens and the prompt alone has {len(prompt)}: "
                "send fewer messages, or take a model with a longer context"
            )

        def follower() -> Follower | None:
            return self._grammars.follow(request.grammar) if request.grammar else None

        return Row(stream, prompt, room, self._ends, follower, self._decode)

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    @override
    def _work(self) -> None:
        """Serve until closed: take in who has arrived, then step."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._arrived or self._batch.running or self._closing)
                if self._closing:
                    return
                newcomers = self._newcomers()
            try:
                with torch.inference_mode():
                    if newcomers:
                        self._batch.join(newcomers)
                    self._batch.step()
            except Exception as error:  # whatever a model throws: those who wait must hear of it
                failed = EngineFailed(f"{self.model} broke in mid-reply: {_advice(error)}")
                self._batch.fail(failed, newcomers)
                self._batch.fail(failed)

    def _newcomers(self) -> list[Row]:
        """Who joins now: all who may, but when more wait in line, not one by one.

        Joining copies the batch, which a full one should not have to bear at every end of a row.
        """
        few = len(self._arrived) < self._max_batch // 4
        if few and self._batch.running and self._line.waiting:
            return []
        newcomers = list(self._arrived)
        self._arrived.clear()
        return newcomers


def _ends(network: Any, tokenizer: Any) -> list[int]:
    """Tokens that end a reply, by the model's generation settings and its tokenizer."""
    given = getattr(network.generation_config, "eos_token_id", None)
    ends = [given] if isinstance(given, int) else list(given or ())
    if tokenizer.eos_token_id is not None:
        ends.append(tokenizer.eos_token_id)
    return list(dict.fromkeys(ends))


def _advice(error: Exception) -> str:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return (
            "out of memory; lower max_batch or cache_bytes, use a smaller dtype, or a smaller model"
        )
    return f"{type(error).__name__}: {error}"
