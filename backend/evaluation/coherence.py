"""Evaluation of the coherence metric on turns of people, corrupted turns and simulated ones.

AUC with an interval that resamples dialogues of both sides, all turns of a dialogue together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from backend.dialogue import Dialogue, Role
from backend.language.coherence import Coherence
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import RESAMPLES, bootstrap_over, missing, with_percentiles


@dataclass(frozen=True)
class Judged:
    """A turn's probability of being a true next one, and its length in words."""

    dialogue: str
    role: Role
    value: float
    words: int


def judged(
    dialogues: Iterable[Dialogue],
    judge: Coherence,
    progress: Callable[[int], object] = lambda done: None,
) -> list[Judged]:
    """All turns of dialogues that have a value."""
    found = []
    for done, dialogue in enumerate(dialogues, 1):
        for at, value in judge.of_turns(dialogue.turns).items():
            turn = dialogue.turns[at]
            found.append(Judged(dialogue.id, turn.role, value, len(turn.text.split())))
        progress(done)
    return found


def areas(people: Sequence[Judged], others: Sequence[Judged]) -> dict[str, Estimate]:
    """AUC of people against others, by role, of turns and of means of dialogues.

    Beside each stands the AUC of length alone, which does not see what was said.
    """
    found = {}
    for name, roles in {"both": set(Role), **{role.value: {role} for role in Role}}.items():
        ours = [one for one in people if one.role in roles]
        theirs = [one for one in others if one.role in roles]
        found[f"{name}, turns"] = area(_turns(ours, "value"), _turns(theirs, "value"), "turns")
        found[f"{name}, turns, length alone"] = area(
            _turns(ours, "words"), _turns(theirs, "words"), "turns"
        )
        found[f"{name}, dialogues"] = area(
            _means(ours, "value"), _means(theirs, "value"), "dialogues"
        )
        found[f"{name}, dialogues, length alone"] = area(
            _means(ours, "words"), _means(theirs, "words"), "dialogues"
        )
    return found


def averages(found: Sequence[Judged], *, seed: int = 0) -> Estimate:
    """Mean over turns, with an interval that resamples dialogues."""
    values = _turns(found, "value")
    if not values:
        return missing("no turns", "turns", estimator="mean")
    rng = np.random.default_rng(seed)
    drawn = [np.concatenate(_resampled(values, rng)).mean() for _ in range(RESAMPLES)]
    return with_percentiles(
        float(np.concatenate(values).mean()),
        np.array(drawn),
        len(found),
        "turns",
        estimator="mean",
        interval=bootstrap_over("dialogues", seed),
    )


def area(
    ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], of: str, *, seed: int = 0
) -> Estimate:
    """AUC of values, given by dialogue: 0.5 is chance, above it ours are higher."""
    n = sum(map(len, (*ours, *theirs)))
    if not ours or not theirs:
        return missing("one side is empty", of, estimator="AUC", n=n)
    rng = np.random.default_rng(seed)
    drawn = [_area(_resampled(ours, rng), _resampled(theirs, rng)) for _ in range(RESAMPLES)]
    return with_percentiles(
        _area(ours, theirs),
        np.array(drawn),
        n,
        of,
        estimator="AUC",
        interval=bootstrap_over("dialogues of both sides", seed),
    )


def _area(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> float:
    a, b = np.concatenate(ours), np.concatenate(theirs)
    return float(roc_auc_score(np.r_[np.ones(len(a)), np.zeros(len(b))], np.r_[a, b]))


def _resampled(
    values: Sequence[Sequence[float]], rng: np.random.Generator
) -> list[Sequence[float]]:
    return [values[at] for at in rng.integers(0, len(values), len(values))]


def _turns(found: Sequence[Judged], what: str) -> list[list[float]]:
    """Values by dialogue."""
    grouped: dict[str, list[float]] = defaultdict(list)
    for one in found:
        grouped[one.dialogue].append(getattr(one, what))
    return list(grouped.values())


def _means(found: Sequence[Judged], what: str) -> list[list[float]]:
    return [[float(np.mean(values))] for values in _turns(found, what)]
