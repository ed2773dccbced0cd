"""Coherence: the probability that a turn is the true next turn after its context.

The pretrained base model reads a turn twice, after its context and alone. A classifier weighs what
the words cost. It was trained on people's turns against corrupted ones of equal length, by
`python -m backend train-coherence`. Words that are common in people's turns are discounted
(SLOR, Pauls and Klein 2012), so that a turn is not taken for coherent because it says little, and
titles of films are left out, so that a rare film does not make a turn incoherent.
"""

import itertools
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from backend.dialogue import Role, Turn
from backend.language.turn_costs import (
    BaseModelReader,
    Costs,
    Floats,
    ReaderUnavailable,
    TurnContext,
)

#: The classifier that is shipped, and the file in its folder.
CHECKPOINT = Path(__file__).parents[1] / "checkpoints" / "coherence"
WEIGHTS = "coherence.npz"

#: Tokens of the windows whose lowest mean is taken, and of the beginning.
WINDOW = 4

#: What the classifier sees of a turn, in order. Cost is log-likelihood a token, in nats; gain is
#: what the context adds to it; the surplus is what it is above the token's frequency.
FEATURES = (
    "cost",
    "gain",
    "surplus",
    "frequency",
    "worst window of cost",
    "worst window of gain",
    "worst window of surplus",
    "worst two tokens of surplus",
    "lowest token",
    "tokens below -7 nats",
    "tokens with a surplus below -1",
    "tokens with a surplus below -3",
    "gain of the beginning",
    "surplus of the beginning",
    "cost of the end",
    "cost of the last word",
    "median surplus",
    "spread of the surplus",
    "repeated word pairs",
    "words said before by this role",
)


class CoherenceUnavailable(Exception):
    """The base model or the classifier is missing; the message says what to do."""


class Classifier:
    """Boosted trees over the features of a turn, and the frequencies of tokens in people's turns.

    `trees` holds, for each node of each tree, the feature it asks for, the threshold up to which
    the left branch is taken, both branches, and the value of a leaf (whose feature is -1).
    """

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self.arrays = arrays
        self.frequencies: Floats = np.asarray(arrays["frequencies"], dtype=np.float32)

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, folder: Path = CHECKPOINT) -> Self:
        """The classifier in a folder. Raises CoherenceUnavailable."""
        try:
            with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
                return cls({name: stored[name] for name in stored.files})
        except (OSError, ValueError, KeyError) as error:
            raise CoherenceUnavailable(
                f"no classifier in {folder}: python -m backend train-coherence makes one"
            ) from error

    def probabilities(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """Probability of a true next turn, true and corrupted ones being equally frequent."""
        x = np.asarray(rows, dtype=np.float32)
        total = np.zeros(len(x)) + float(self.arrays["start"][()])
        names = ("feature", "threshold", "left", "right", "value")
        feature, threshold, left, right, value = (self.arrays[name] for name in names)
        for root in self.arrays["roots"]:
            node = np.full(len(x), int(root))
            while (inner := feature[node] >= 0).any():
                at = node[inner]
                low = x[inner, feature[at]] <= threshold[at]
                node[inner] = np.where(low, left[at], right[at])
            total += value[node]
        return [float(p) for p in 1 / (1 + np.exp(-total))]


class Coherence:
    """Judges turns by the base model and the classifier."""

    def __init__(self, reader: BaseModelReader, classifier: Classifier) -> None:
        self.reader, self.classifier = reader, classifier

    @classmethod
    def load(cls) -> Self:
        """The shipped classifier with the default base model. Raises CoherenceUnavailable."""
        classifier = Classifier.load()
        try:
            return cls(BaseModelReader.load(), classifier)
        except ReaderUnavailable as error:
            raise CoherenceUnavailable(str(error)) from error

    def of_turns(self, turns: Sequence[Turn]) -> dict[int, float]:
        """Index -> probability, of the turns that hold words and have a context."""
        spoken = [at for at, turn in enumerate(turns) if turn.text.strip()]
        return self._found(turns, [TurnContext(at, turns[at]) for at in spoken[1:]])

    def of_replies(self, before: Sequence[Turn], role: Role, replies: Sequence[str]) -> list[float]:
        """Probability of each of several replies; 0 for one without words.

        Raises ValueError if there is no context.
        """
        if not any(turn.text.strip() for turn in before):
            raise ValueError("there is no context to judge a reply by")
        places = [TurnContext(len(before), Turn(role=role, text=text)) for text in replies]
        rows = self._rows(before, places)
        found = self.classifier.probabilities(rows) if rows else []
        return [p if text.strip() else 0.0 for p, text in zip(found, replies, strict=True)]

    def _found(self, turns: Sequence[Turn], places: Sequence[TurnContext]) -> dict[int, float]:
        if not places:
            return {}
        found = self.classifier.probabilities(self._rows(turns, places))
        return {place.at: p for place, p in zip(places, found, strict=True)}

    def _rows(self, turns: Sequence[Turn], places: Sequence[TurnContext]) -> list[list[float]]:
        costs = self.reader.costs(turns, places)
        return [
            features(one, place.turn, turns[: place.at], self.classifier.frequencies)
            for one, place in zip(costs, places, strict=True)
        ]


def features(costs: Costs, turn: Turn, before: Sequence[Turn], frequencies: Floats) -> list[float]:
    """What the classifier sees of a turn, as `FEATURES` lists it.

    `frequencies` are log shares of all tokens of the vocabulary in people's turns.
    """
    kept = ~costs.named if (~costs.named).sum() > 1 else np.ones(len(costs.ids), np.bool_)
    cost, gain = costs.after[kept], (costs.after - costs.alone)[kept]
    frequency = frequencies[costs.ids][kept]
    surplus = cost - frequency
    return [
        float(cost.mean()),
        float(gain.mean()),
        float(surplus.mean()),
        float(frequency.mean()),
        _worst(cost),
        _worst(gain),
        _worst(surplus),
        _worst(surplus, 2),
        float(cost.min()),
        float((cost < -7).mean()),
        float((surplus < -1).mean()),
        float((surplus < -3).mean()),
        float(gain[:WINDOW].mean()),
        float(surplus[:WINDOW].mean()),
        float(costs.after[-1]),
        float(costs.after[-2]) if len(costs.after) > 1 else 0.0,
        float(np.median(surplus)),
        float(surplus.std()),
        *_repeated(turn, before),
    ]


def _repeated(turn: Turn, before: Sequence[Turn]) -> tuple[float, float]:
    """Shares of word pairs that repeat, and of four words in a row this role has said before."""
    words = turn.text.lower().split()
    pairs = list(itertools.pairwise(words))
    runs = [" ".join(words[at : at + 4]) for at in range(len(words) - 3)]
    mine = " \n ".join(" ".join(t.text.lower().split()) for t in before if t.role is turn.role)
    return (
        1 - len(set(pairs)) / len(pairs) if pairs else 0.0,
        sum(run in mine for run in runs) / len(runs) if runs else 0.0,
    )


def _worst(values: Floats, most: int = WINDOW) -> float:
    """The lowest mean of any window of tokens."""
    width = min(most, len(values))
    return float(np.convolve(values, np.full(width, 1 / width), mode="valid").min())
