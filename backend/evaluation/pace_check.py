"""Comparison of fitted reply delays with those of people, on dialogues held out from the fit.

The check asks two things of delays drawn for the same words as the real ones: the distance of the
two distributions (Kolmogorov-Smirnov), and how well a classifier that sees delay, words read and
words typed tells them apart (area under the ROC curve; 0.5 is not at all). Drawn delays are read
off the clock of the corpus, which counts whole seconds.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from backend.conversations.pacing import (
    HIGH,
    LOW,
    DelayModel,
    Pace,
    PaceError,
    TimedReply,
    fit,
    replies,
    tempo_of,
    why_left_out,
)
from backend.dialogue import Dialogue, Role
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import (
    LEVEL,
    RESAMPLES,
    bootstrap_over,
    missing,
    with_percentiles,
)

#: Share of the dialogues that are held out, each drawn by its own id.
HELD_OUT = 0.25

#: A machine of constant speed: seconds it takes to make any reply.
MACHINE = 1.5
#: The same that also waits as long as typing takes: words a minute of Dhakal et al., CHI 2018.
WPM = 52

FITTED = "fitted"
PLAYED = f"fitted, {LOW:.0f}-{HIGH:.0f} s"
CONSTANT = f"constant {MACHINE} s"
TYPIST = f"{MACHINE} s + {WPM} words/min"
FLOOR = "people (floor)"

Floats: TypeAlias = NDArray[np.float64]
Draw: TypeAlias = Callable[[TimedReply, random.Random], float]


@dataclass(frozen=True)
class DelayComparison:
    """How well one kind of delays can be told from people's, for one role.

    `medians` are seconds of the real and of the drawn delays; `ks` and `auc` have 95 % bootstrap
    intervals over dialogues. `FLOOR` sets one half of the people against the other.
    """

    role: Role
    delays: str
    medians: tuple[float, float]
    ks: Estimate
    auc: Estimate


def check(dialogues: Sequence[Dialogue], *, seed: int) -> list[DelayComparison]:
    """Fit on some dialogues, and tell drawn from real delays on the others, for each role.

    `FITTED` is set against the replies that a fit would use; what is played and the naive ones
    against all replies with a time, also the quickest and slowest. Raises PaceError.
    """
    held = {one.id: random.Random(f"{seed}/pace/{one.id}").random() < HELD_OUT for one in dialogues}
    pace = fit(one for one in dialogues if not held[one.id])
    timed = [one for one in replies(dialogues) if not math.isnan(one.seconds)]
    rows = []
    for role in Role:
        mine = [one for one in timed if one.role is role]
        usual = [one for one in mine if why_left_out(one) is None]
        kinds: list[tuple[str, list[TimedReply], Draw]] = [
            (FITTED, usual, partial(_drawn, pace.line(role), seed, 0, math.inf)),
            (PLAYED, mine, partial(_drawn, pace.line(role), seed, LOW, HIGH)),
            (CONSTANT, mine, lambda _, __: MACHINE),
            (TYPIST, mine, lambda reply, _: MACHINE + reply.typed * 60 / WPM),
        ]
        for name, real, draw in kinds:
            rng = random.Random(f"{seed}/{name}/{role.value}")
            drawn = [_on_clock(reply, draw(reply, rng), rng) for reply in real]
            rows.append(_told(role, name, real, drawn, held, seed))
        half = {one: random.Random(f"{seed}/half/{one}").random() < 0.5 for one in held}
        halves = [[one for one in mine if half[one.dialogue] is side] for side in (False, True)]
        rows.append(_told(role, FLOOR, halves[0], halves[1], held, seed))
    return rows


def _drawn(
    line: DelayModel, seed: int, low: float, high: float, reply: TimedReply, rng: random.Random
) -> float:
    tempo = tempo_of(f"{seed}/{reply.role.value}/{reply.dialogue}")
    return line.draw(reply.read, reply.typed, rng, low, high, tempo=tempo)


def _on_clock(reply: TimedReply, seconds: float, rng: random.Random) -> TimedReply:
    """The reply with this delay as a clock of whole seconds shows it."""
    return TimedReply(
        dialogue=reply.dialogue,
        role=reply.role,
        read=reply.read,
        typed=reply.typed,
        seconds=float(math.floor(rng.random() + seconds)),
    )


def _told(
    role: Role,
    name: str,
    real: list[TimedReply],
    drawn: list[TimedReply],
    held: dict[str, bool],
    seed: int,
) -> DelayComparison:
    both = [*real, *drawn]
    truth = np.arange(len(both)) >= len(real)
    features = np.array([[one.seconds, one.read, one.typed] for one in both])
    test = np.array([held[one.dialogue] for one in both])
    if not (0 < truth[test].sum() < test.sum() and 0 < truth[~test].sum() < (~test).sum()):
        raise PaceError(f"too few dialogues to hold some out: {len(held)}")
    scores = _classifier().fit(features[~test], truth[~test]).decision_function(features[test])
    seconds, judged = features[test, 0], truth[test]
    of = f"replies, {int((~judged).sum()):,} of them real"
    groups = np.unique([one.dialogue for one in both], return_inverse=True)[1][test]
    return DelayComparison(
        role=role,
        delays=name,
        medians=(float(np.median(seconds[~judged])), float(np.median(seconds[judged]))),
        ks=distance(seconds, judged, groups, of, seed),
        auc=_area(scores, judged, groups, of, seed),
    )


def _classifier() -> Any:
    """A logistic regression on logs, their squares and products: it sees spread, not only means."""
    return make_pipeline(
        FunctionTransformer(np.log1p),
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        LogisticRegression(max_iter=2000),
    )


def distance(
    seconds: Floats, truth: NDArray[np.bool_], groups: NDArray[np.int64], of: str, seed: int
) -> Estimate:
    """Greatest distance of the two distributions; real ones are in whole seconds, drawn ones too.

    The interval is as wide, either way, as 95 % of resampled differences of the distributions
    stray from the one found: percentiles of a distance near 0 would all lie above it.
    """
    size = int(seconds.max()) + 1

    def difference(at: NDArray[np.int64]) -> Floats:
        counts = [
            np.bincount(seconds[at][truth[at] == side].astype(np.int64), minlength=size)
            for side in (False, True)
        ]
        one, other = (np.cumsum(count) / max(1, count.sum()) for count in counts)
        return np.asarray(one - other)

    found = difference(np.arange(len(seconds)))
    stray = np.quantile([abs(difference(at) - found).max() for at in _again(groups, seed)], LEVEL)
    value = float(abs(found).max())
    low, high = max(0.0, value - float(stray)), min(1.0, value + float(stray))
    bare = missing("not computed", of, estimator="Kolmogorov-Smirnov distance", n=len(seconds))
    interval = f"from resampled differences, {bootstrap_over('dialogues', seed)}"
    return bare.measured(value, low, high, interval)


def _area(
    scores: Floats, truth: NDArray[np.bool_], groups: NDArray[np.int64], of: str, seed: int
) -> Estimate:
    drawn = [
        roc_auc_score(truth[at], scores[at])
        for at in _again(groups, seed)
        if 0 < truth[at].sum() < len(at)
    ]
    return with_percentiles(
        float(roc_auc_score(truth, scores)),
        np.array(drawn),
        len(scores),
        of,
        estimator="AUC",
        interval=bootstrap_over("dialogues", seed),
    )


def _again(groups: NDArray[np.int64], seed: int) -> Iterator[NDArray[np.int64]]:
    """Rows of resampled dialogues."""
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    for _ in range(RESAMPLES):
        yield np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])


def lines_of(pace: Pace) -> list[str]:
    """A pace in words: for each role n, what was left out, coefficients with errors, R²."""
    told = [f"{pace.source} ({pace.licence}): {pace.n:,} replies"]
    for role in Role:
        line = pace.line(role)
        told.append(f"{role.value}: n = {line.n:,} replies in {line.dialogues:,} dialogues")
        told += [f"  left out        {n:,} {reason}" for reason, n in line.left_out.items()]
        names = ("intercept", "log1p words read", "log1p words typed")
        values = (line.intercept, line.read, line.typed)
        for name, value, error in zip(names, values, line.errors, strict=True):
            told.append(f"  {name:<17} {value:6.3f} (standard error {error:.3f})")
        told.append(
            f"  residual sd {line.sd:.3f}, {line.between:.0%} of its variance between dialogues, "
            f"R² {line.r2:.3f}"
        )
    told.append("Least squares on log seconds; standard errors clustered by dialogue.")
    return told


def table(rows: Sequence[DelayComparison]) -> str:
    """The check as a Markdown table, a row for each role and kind of delays."""
    head = "| role | delays | median, real and drawn | KS distance | AUC | n |"
    told = [head, "|---|---|---|---|---|---|"]
    for row in rows:
        medians = f"{row.medians[0]:.0f} s, {row.medians[1]:.0f} s"
        ks, auc = (one.short for one in (row.ks, row.auc))
        n = f"{row.auc.n:,} {row.auc.counted}"
        told.append(f"| {row.role.value} | {row.delays} | {medians} | {ks} | {auc} | {n} |")
    return "\n".join(told)
