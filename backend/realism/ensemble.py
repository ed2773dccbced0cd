"""An ensemble of classifiers: distributions of acts, topics, sentiment and style, compared.

Each classifier puts every turn (or speaker) in a class; the shares of the classes on both sides are
compared by Jensen-Shannon divergence (base 2: 0 alike, 1 nothing in common), with the p value of
permuting dialogues between the sides and the divergence of two halves of the real side as floor.
After RecLLM (Friedman et al., arXiv 2305.07961). Acts are read by rule, topics are clusters of
meaning in both sides together, sentiment and style come from cues in the words: each is as good as
its classifier, and blind to the rest.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from sklearn.cluster import KMeans

from backend.catalogue import Catalogue
from backend.dialogue import Role, Turn
from backend.language.style import measure
from backend.metrics.encoder import Encoder
from backend.realism.sides import Said

Floats: TypeAlias = NDArray[np.float64]

PERMUTATIONS = 1000
#: Halvings of the real side whose mean divergence is the floor.
HALVINGS = 200
TOPICS = 12

#: Words at which a turn is short or long.
_SHORT, _LONG = 4, 14


@dataclass(frozen=True)
class Divergence:
    """One classifier's comparison: `n` turns and `shares` by class, each of real and simulated."""

    classifier: str
    divergence: float
    p: float
    floor: float
    n: tuple[int, int]
    shares: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Coverage:
    """Diversity: cells of act x topic x sentiment that real turns fall in and simulated ones reach.

    `share` weighs cells by how many real turns they hold; `floor` is the share that one half of the
    real side reaches of the other. Both sides are cut to the same number of turns.
    """

    share: float
    floor: float
    cells: int
    turns: int


def divergences(
    real: Sequence[Said],
    simulated: Sequence[Said],
    encoder: Encoder,
    catalogue: Catalogue,
    *,
    role: Role,
    seed: int,
) -> tuple[list[Divergence], Coverage]:
    """All classifiers' comparisons, and the coverage."""
    both = [*real, *simulated]
    classes: dict[str, list[list[tuple[str, ...]]]] = {
        "acts": [[acts or ("none",) for acts in one.acts] for one in both],
        "topics": _topics(both, encoder, seed),
        "sentiment": [[(_sentiment(t, role, catalogue),) for t in one.turns] for one in both],
        "style": [[_style(t, role, catalogue) for t in one.turns] for one in both],
    }
    found = [_divergence(name, own, len(real), seed) for name, own in classes.items()]
    cells = [
        [
            (acts[0], topic[0], mood[0])
            for acts, topic, mood in zip(
                *(classes[k][at] for k in ("acts", "topics", "sentiment")), strict=True
            )
        ]
        for at in range(len(both))
    ]
    return found, _coverage(cells[: len(real)], cells[len(real) :], seed)


def jensen_shannon(first: Floats, second: Floats) -> Floats:
    """Divergence in bits of counts along the last axis; 0 where a side has none.

    >>> float(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 3.0])))
    1.0
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = jensenshannon(first, second, base=2, axis=-1)
    # scipy gives the square root of the divergence, and NaN where a side has no counts.
    return np.asarray(np.nan_to_num(distance) ** 2)


def _divergence(name: str, classes: Sequence[Sequence[Any]], real: int, seed: int) -> Divergence:
    names = sorted({c for one in classes for turn in one for c in turn})
    at = {c: i for i, c in enumerate(names)}
    counts = np.zeros((len(classes), len(names)))
    for row, one in enumerate(classes):
        for turn in one:
            for c in turn:
                counts[row, at[c]] += 1 / len(turn)
    ours, theirs = counts[:real].sum(axis=0), counts[real:].sum(axis=0)
    observed = float(jensen_shannon(ours, theirs))
    rng = np.random.default_rng(seed)
    total = counts.sum(axis=0)
    drawn = np.array(
        [counts[rng.permutation(len(counts))[:real]].sum(axis=0) for _ in range(PERMUTATIONS)]
    )
    as_far = jensen_shannon(drawn, total - drawn) >= observed - 1e-12
    halves = np.array(
        [counts[:real][rng.permutation(real)[: real // 2]].sum(axis=0) for _ in range(HALVINGS)]
    )
    return Divergence(
        classifier=name,
        divergence=observed,
        p=(1 + int(as_far.sum())) / (PERMUTATIONS + 1),
        floor=float(jensen_shannon(halves, ours - halves).mean()),
        n=(sum(map(len, classes[:real])), sum(map(len, classes[real:]))),
        shares={
            c: (float(ours[i] / ours.sum()), float(theirs[i] / theirs.sum()))
            for i, c in enumerate(names)
        },
    )


def _topics(both: Sequence[Said], encoder: Encoder, seed: int) -> list[list[tuple[str, ...]]]:
    turns = [turn for one in both for turn in one.turns]
    vectors = encoder.sentences(turns)
    kinds = min(TOPICS, max(2, len(turns) // 10))
    # As many turns of either side, so that neither makes the topics alone.
    labels = (
        KMeans(kinds, n_init=3, random_state=seed)
        .fit(vectors, sample_weight=_balanced(both))
        .labels_
    )
    words = [_name(turns, labels, kind) for kind in range(kinds)]
    found: list[list[tuple[str, ...]]] = []
    at = 0
    for one in both:
        found.append([(words[kind],) for kind in labels[at : at + len(one.turns)]])
        at += len(one.turns)
    return found


def _balanced(both: Sequence[Said]) -> Floats:
    sides = np.array([one.simulated for one in both for _ in one.turns])
    return np.asarray(
        np.where(sides, 0.5 / max(1, sides.sum()), 0.5 / max(1, (~sides).sum())) * len(sides)
    )


def _name(turns: Sequence[str], labels: Any, kind: int) -> str:
    """A topic by the words that are commoner in it than elsewhere."""
    inside = Counter(w for t, k in zip(turns, labels, strict=True) if k == kind for w in _words(t))
    everywhere = Counter(w for t in turns for w in _words(t))
    best = sorted(inside, key=lambda w: (-(inside[w] ** 2) / everywhere[w], w))[:3]
    return f"{kind + 1}: {' '.join(best)}"


def _words(turn: str) -> set[str]:
    return {w.strip(".,!?").lower() for w in turn.split() if len(w) > 3}


def _sentiment(text: str, role: Role, catalogue: Catalogue) -> str:
    found = measure([Turn(role=role, text=text)], role, catalogue)
    mood = found.mood if found else 0
    return "up" if mood > 0 else "down" if mood < 0 else "even"


def _style(text: str, role: Role, catalogue: Catalogue) -> tuple[str, ...]:
    found = measure([Turn(role=role, text=text)], role, catalogue)
    if found is None:
        return ("silent",)
    length = (
        "short" if found.verbosity <= _SHORT else "long" if found.verbosity >= _LONG else "medium"
    )
    manner = "casual" if found.formality < 0 else "formal" if found.formality >= 1 else "neutral"
    return (f"{length}, {manner}",)


def _coverage(
    real: Sequence[Sequence[Any]], simulated: Sequence[Sequence[Any]], seed: int
) -> Coverage:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(real))
    first = [cell for at in order[::2] for cell in real[at]]
    second = [cell for at in order[1::2] for cell in real[at]]
    theirs = [cell for one in simulated for cell in one]
    turns = min(len(first), len(second), len(theirs))
    first, second, theirs = (_drawn(cells, turns, rng) for cells in (first, second, theirs))
    held = Counter(first)
    return Coverage(
        share=sum(n for cell, n in held.items() if cell in set(theirs)) / max(1, turns),
        floor=sum(n for cell, n in held.items() if cell in set(second)) / max(1, turns),
        cells=len(held),
        turns=turns,
    )


def _drawn(cells: Sequence[Any], n: int, rng: np.random.Generator) -> list[Any]:
    return [cells[i] for i in rng.permutation(len(cells))[:n]]
