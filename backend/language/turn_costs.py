"""Negative log-likelihood of a turn's words by the base model, with and without context."""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backend.dialogue import Role, Turn
from backend.engines import EngineUnavailable

Floats: TypeAlias = NDArray[np.float32]

#: How the roles are named to the base model.
TAGS = {Role.SEEKER: "Seeker:", Role.RECOMMENDER: "Recommender:"}

#: Tokens of a turn that are read, tokens of context and turns read in one pass, and turns of
#: context that a later pass over a long dialogue begins with.
LONGEST, AT_ONCE, OVERLAP = 96, 640, 4

#: Characters of a turn that are looked at: what is read is shorter.
LONGEST_TEXT = 1500

#: A title with its year, as `The Little Prince (2015)`.
_TITLE = re.compile(
    r"(?:(?:[A-Z0-9][\w'’.:,&!-]*|of|the|and|a|in|to|for|with|on|from|at|is|-|–|&)\s+)*"
    r"(?:[\w'’.:,&!-]+\s*)\((?:19|20)\d\d\)"
)


class ReaderUnavailable(Exception):
    """The base model is missing; the message says what to install."""


@dataclass(frozen=True)
class Costs:
    """Log-probability (nats) of each token of a turn, after its context and alone."""

    after: Floats
    alone: Floats
    ids: NDArray[np.int64]
    #: Whether a token is part of a film's title with its year.
    named: NDArray[np.bool_]


@dataclass(frozen=True)
class TurnContext:
    """A turn to judge at index `at` of a dialogue, in the place of the turn that is there."""

    at: int
    turn: Turn


class BaseModelReader:
    """The base model as it reads turns. Loaded once; one pass runs at a time."""

    def __init__(self, network: Any, tokenizer: Any) -> None:
        self.network, self.tokenizer = network, tokenizer
        self._lock = threading.Lock()

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Self:
        """The default base in float32, whatever base is set: the classifier goes with it.

        Raises ReaderUnavailable.
        """
        try:
            from backend.engines.base_model import base_folder
            from backend.engines.loading import load

            return cls(*load(str(base_folder()), dtype="float32"))
        except EngineUnavailable as error:
            raise ReaderUnavailable(f"no base model: {error}") from error
        except ImportError as error:
            raise ReaderUnavailable(f"no base model: {error.name} is not installed") from error

    def costs(self, turns: Sequence[Turn], places: Sequence[TurnContext]) -> list[Costs]:
        """What the words of each place cost after the turns before it, and alone."""
        said = [self._ids(turn)[1] for turn in turns]
        found: dict[int, Costs] = {}
        for first, scored, end in _passes([len(ids) for ids in said]):
            here = [i for i, place in enumerate(places) if scored <= place.at < end]
            if end == len(turns):
                here += [i for i, place in enumerate(places) if place.at == end]
            read = self._pass(said[first:end], [(places[i].at - first, places[i]) for i in here])
            found |= dict(zip(here, read, strict=True))
        return [found[i] for i in range(len(places))]

    def _pass(
        self, said: Sequence[list[int]], places: Sequence[tuple[int, TurnContext]]
    ) -> list[Costs]:
        """Costs of places among turns that are read at once. A turn that stands there is read."""
        from backend.engines.likelihood import Branch, log_likelihoods

        starts = np.cumsum([0, *(len(ids) for ids in said)]).tolist()
        wanted = [(at, self._ids(place.turn)) for at, place in places]
        own = [at < len(said) and said[at] == ids for at, (_, ids) in wanted]
        branches = [Branch(0, ids) for _, (_, ids) in wanted]
        branches += [
            Branch(starts[at], ids)
            for (at, (_, ids)), stands in zip(wanted, own, strict=True)
            if not stands
        ]
        text = [one for ids in said for one in ids]
        with self._lock:
            logs, read = log_likelihoods(self.network, text, branches)
        others = iter(read[len(wanted) :])
        found = []
        for (at, (tag, ids)), stands, alone, (_, place) in zip(
            wanted, own, read, places, strict=False
        ):
            after = logs[starts[at] : starts[at] + len(ids)] if stands else next(others)
            found.append(self.told(place.turn, after[tag:], alone[tag:]))
        return found

    def told(self, turn: Turn, after: Floats, alone: Floats) -> Costs:
        """Costs of a turn with its tokens."""
        words = _words(turn)
        read = self.tokenizer(words, return_offsets_mapping=True)
        titles = [match.span() for match in _TITLE.finditer(words)]
        named = [
            any(start < last and first < end for first, last in titles)
            for start, end in read["offset_mapping"][:LONGEST]
        ]
        ids = np.array(read["input_ids"][:LONGEST], dtype=np.int64)
        return Costs(after, alone, ids, np.array(named, dtype=np.bool_))

    def _ids(self, turn: Turn) -> tuple[int, list[int]]:
        """How many tokens name the role, and all tokens of a turn."""
        tag = self.tokenizer(TAGS[turn.role]).input_ids
        return len(tag), [*tag, *self.words(turn)]

    def words(self, turn: Turn) -> list[int]:
        """The tokens of a turn that are read, with the end of its line."""
        ids: list[int] = self.tokenizer(_words(turn)).input_ids[:LONGEST]
        return ids


def _words(turn: Turn) -> str:
    """A turn as it is read. A text much longer than what is read is cut before."""
    return f" {' '.join(turn.text[:LONGEST_TEXT].split())}\n"


def _passes(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first turn read, first turn scored, end) of each pass over a dialogue."""
    first = scored = 0
    while True:
        end, total = scored, sum(lengths[first:scored])
        while end < len(lengths) and (end == scored or total + lengths[end] <= AT_ONCE):
            total += lengths[end]
            end += 1
        yield first, scored, end
        if end >= len(lengths):
            return
        first, scored = max(0, end - OVERLAP), end
