"""Coherence: the probability that a turn is the true next turn after its context.

The pretrained base model reads a turn twice, after its context and alone. A classifier (checkpoint
`coherence`, trained by `python -m backend train-coherence`) weighs what the words cost. It was
trained on people's turns against corrupted ones of equal length.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backend.dialogue import Role, Turn
from backend.engines import EngineUnavailable

Floats: TypeAlias = NDArray[np.float32]

#: The classifier that is shipped, and the file in its folder.
CHECKPOINT = Path(__file__).parents[1] / "checkpoints" / "coherence"
WEIGHTS = "coherence.npz"

#: How the roles are named to the base model.
TAGS = {Role.SEEKER: "Seeker:", Role.RECOMMENDER: "Recommender:"}

#: Tokens of a turn that are read, tokens of context and turns read in one pass, and turns of
#: context that a later pass over a long dialogue begins with.
LONGEST, AT_ONCE, OVERLAP = 96, 640, 4

#: Tokens of the window whose mean is the worst of a turn.
WINDOW = 4

#: What the classifier sees of a turn, in order.
FEATURES = (
    "log-likelihood a token after the context",
    "gain by the context a token",
    "worst window",
    "worst window of the gain",
    "lowest token",
    "share of tokens below -7 nats",
    "gain of the first tokens",
    "log-likelihood of the end",
    "repeated word pairs",
    "words said before by this role",
)


class CoherenceUnavailable(Exception):
    """The base model or the classifier is missing; the message says what to install."""


@dataclass(frozen=True)
class Costs:
    """Log-probability (nats) of each token of a turn, after its context and alone."""

    after: Floats
    alone: Floats


@dataclass(frozen=True)
class Place:
    """A turn to judge at index `at` of a dialogue, in the place of the turn that is there."""

    at: int
    turn: Turn


class Reader:
    """The base model as it reads turns. Loaded once; one pass runs at a time."""

    def __init__(self, network: Any, tokenizer: Any) -> None:
        self.network, self.tokenizer = network, tokenizer
        self._lock = threading.Lock()

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Self:
        """The base that is set, in float32. Raises CoherenceUnavailable."""
        try:
            from backend.engines.base_model import DEFAULT_BASE
            from backend.engines.loading import load

            return cls(*load(DEFAULT_BASE, dtype="float32"))
        except EngineUnavailable as error:
            raise CoherenceUnavailable(f"no base model: {error}") from error
        except ImportError as error:
            raise CoherenceUnavailable(f"no base model: {error.name} is not installed") from error

    def costs(self, turns: Sequence[Turn], places: Sequence[Place]) -> list[Costs]:
        """What the words of each place cost after the turns before it, and alone."""
        said = [self._ids(turn) for turn in turns]
        found: dict[int, Costs] = {}
        for first, scored, end in _passes([len(ids) for _, ids in said]):
            here = [i for i, place in enumerate(places) if scored <= place.at < end]
            if end == len(turns):
                here += [i for i, place in enumerate(places) if place.at == end]
            read = self._pass(said[first:end], [(places[i].at - first, places[i]) for i in here])
            found |= dict(zip(here, read, strict=True))
        return [found[i] for i in range(len(places))]

    def _pass(
        self, said: Sequence[tuple[int, list[int]]], places: Sequence[tuple[int, Place]]
    ) -> list[Costs]:
        """Costs of places among turns that are read at once. A turn that stands there is read."""
        from backend.engines.likelihood import Branch, log_likelihoods

        starts = np.cumsum([0, *(len(ids) for _, ids in said)]).tolist()
        wanted = [(at, *self._ids(place.turn)) for at, place in places]
        own = [at < len(said) and said[at][1] == ids for at, _, ids in wanted]
        branches = [Branch(0, ids) for _, _, ids in wanted]
        branches += [
            Branch(starts[at], ids)
            for (at, _, ids), stands in zip(wanted, own, strict=True)
            if not stands
        ]
        text = [one for _, ids in said for one in ids]
        with self._lock:
            logs, read = log_likelihoods(self.network, text, branches)
        others = iter(read[len(wanted) :])
        found = []
        for (at, tag, ids), stands, alone in zip(wanted, own, read, strict=False):
            after = logs[starts[at] : starts[at] + len(ids)] if stands else next(others)
            found.append(Costs(after[tag:], alone[tag:]))
        return found

    def _ids(self, turn: Turn) -> tuple[int, list[int]]:
        """How many tokens name the role, and all tokens of a turn."""
        tag = self.tokenizer(TAGS[turn.role]).input_ids
        words = self.tokenizer(f" {' '.join(turn.text.split())}\n").input_ids
        return len(tag), [*tag, *words[:LONGEST]]


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


def features(costs: Costs, turn: Turn, before: Sequence[Turn]) -> list[float]:
    """What the classifier sees of a turn, as `FEATURES` lists it."""
    after, gain = costs.after, costs.after - costs.alone
    words = turn.text.lower().split()
    pairs = list(zip(words, words[1:], strict=False))
    mine = " \n ".join(" ".join(t.text.lower().split()) for t in before if t.role is turn.role)
    runs = [" ".join(words[at : at + 4]) for at in range(len(words) - 3)]
    return [
        float(after.mean()),
        float(gain.mean()),
        _worst(after),
        _worst(gain),
        float(after.min()),
        float((after < -7).mean()),
        float(gain[:WINDOW].mean()),
        float(after[-1]),
        1 - len(set(pairs)) / len(pairs) if pairs else 0.0,
        sum(run in mine for run in runs) / len(runs) if runs else 0.0,
    ]


def _worst(values: Floats) -> float:
    """The lowest mean of any window of tokens."""
    width = min(WINDOW, len(values))
    return float(np.convolve(values, np.full(width, 1 / width), mode="valid").min())
