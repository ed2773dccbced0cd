"""Masks of the next tokens that a grammar permits, by llguidance, for each row of a batch."""

import json
import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from backend.engines import EngineFailed, Grammar

#: One way to write JSON, that of `json.dumps`: a small model can't get lost in white space.
_JSON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class Grammars:
    """The grammars one tokenizer was asked to follow, the last 64 of them compiled.

    `vocabulary` is the number of scores the model gives, `eos` the tokens that end a reply.
    """

    def __init__(self, tokenizer: object, vocabulary: int, eos: Sequence[int]) -> None:
        self._tokenizer, self._vocabulary, self._eos = tokenizer, vocabulary, list(eos)
        self._words: LLTokenizer | None = None
        self._lock = threading.Lock()
        self._compiled = lru_cache(maxsize=64)(self._compile)

    def follow(self, grammar: Grammar) -> "GrammarState":
        """A fresh follower of this grammar. Raises EngineFailed if it can't be compiled."""
        key = json.dumps(grammar.model_dump(), sort_keys=False)
        with self._lock:
            matcher = self._compiled(key)
            assert self._words is not None
            ends = frozenset(self._words.eos_tokens)
        return GrammarState(matcher.deep_copy(), ends, self._vocabulary)

    def _compile(self, key: str) -> LLMatcher:
        grammar = Grammar.model_validate_json(key)
        self._words = self._words or self._read_tokenizer()
        if grammar.regex is not None:
            what, source = repr(grammar.regex), LLMatcher.grammar_from_regex(grammar.regex)
        else:
            what = json.dumps(grammar.json_schema)
            source = LLMatcher.grammar_from_json_schema(what, overrides=_JSON)  # type: ignore[arg-type]
        matcher = LLMatcher(self._words, source, log_level=0)
        if matcher.is_error():
            raise EngineFailed(f"the grammar {what} can't be compiled: {matcher.get_error()}")
        return matcher

    def _read_tokenizer(self) -> LLTokenizer:
        if not isinstance(self._tokenizer, PreTrainedTokenizerFast):
            raise EngineFailed(
                f"grammars need a fast tokenizer, and this model's is "
                f"{type(self._tokenizer).__name__}; ask without a grammar"
            )
        size = max(self._vocabulary, len(self._tokenizer))
        return from_tokenizer(self._tokenizer, n_vocab=size, eos_token=self._eos or None)


class GrammarState:
    """Where one reply stands in its grammar. `ends` are the tokens that may end it."""

    def __init__(self, matcher: LLMatcher, ends: frozenset[int], vocabulary: int) -> None:
        self._matcher, self.ends, self._vocabulary = matcher, ends, vocabulary

    def allowed(self) -> Tensor:
        """True for each token that may come next. Raises EngineFailed if the grammar gives up."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        allowed = np.unpackbits(bits, count=self._vocabulary, bitorder="little")
        return torch.from_numpy(allowed.view(np.bool_))

    def take(self, token: int) -> bool:
        """Follow this token; True once nothing can come after it. Raises EngineFailed."""
        self._matcher.consume_token(token)
        self._check()
        return self._matcher.is_stopped()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise EngineFailed(f"the grammar can't be followed: {self._matcher.get_error()}")
