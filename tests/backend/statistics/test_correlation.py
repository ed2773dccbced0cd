"""Correlations against scipy, published examples and planted effects, and their invariants."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from backend.statistics.bootstrap import Resampling
from backend.statistics.contrasts import adjusted, compare, williams
from backend.statistics.correlation import (
    COEFFICIENTS,
    Coefficient,
    correlation,
    within_systems,
)
from backend.statistics.estimate import Estimate
from backend.statistics.reliability import ceiling

QUICK = Resampling(resamples=60)


def points(
    human: list[float] | np.ndarray, score: list[float] | np.ndarray, systems: int = 3
) -> pd.DataFrame:
    n = len(human)
    return pd.DataFrame(
        {
            "unit": [f"u{at:04}" for at in range(n)],
            "dialogue": [f"u{at:04}" for at in range(n)],
            "system": [f"s{at % systems}" for at in range(n)],
            "human": np.asarray(human, dtype=float),
            "score": np.asarray(score, dtype=float),
        }
    )


def planted(n: int = 90, strength: float = 1.0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    human = rng.normal(size=n)
    return points(human.round(1), strength * human + rng.normal(size=n))


NUMBERS = st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 3)), min_size=1, max_size=30)


@given(NUMBERS, st.sampled_from(COEFFICIENTS))
@settings(max_examples=60)
def test_coefficients_are_scipys(pairs: list[tuple[int, int]], kind: Coefficient) -> None:
    human, score = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    found = correlation(points(human, score), kind, how=QUICK)
    if found.value is None:
        few, constant = len(pairs) < 3, min(np.ptp(human), np.ptp(score)) == 0
        assert few or constant
        assert found.missing
        return
    theirs = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[
        kind
    ](human, score)
    assert found.value == pytest.approx(theirs.statistic, abs=1e-9)
    assert found.n == len(pairs)
    if found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.high <= 1


@given(st.integers(0, 1000), st.sampled_from(COEFFICIENTS), st.sampled_from(["dialogue", "system"]))
@settings(max_examples=15)
def test_the_order_of_rows_is_nothing(seed: int, kind: Coefficient, level: str) -> None:
    frame = planted(24, seed=seed)
    mixed = frame.sample(frac=1, random_state=seed)
    one = correlation(frame, kind, level=level, how=QUICK)  # type: ignore[arg-type]
    assert correlation(mixed, kind, level=level, how=QUICK) == one  # type: ignore[arg-type]
    assert within_systems(mixed, kind, how=QUICK) == within_systems(frame, kind, how=QUICK)


def test_units_without_a_score_are_left_out() -> None:
    frame = planted(60)
    holed = frame.assign(score=frame["score"].where(frame.index % 2 == 0))
    found = correlation(holed, "pearson", how=QUICK)
    assert found.n == 30
    assert found.value == pytest.approx(
        np.corrcoef(*frame.iloc[::2][["human", "score"]].T.to_numpy())[0, 1]
    )


def test_intervals_cover_a_planted_correlation() -> None:
    true = 1 / np.sqrt(2)
    hits = 0
    for seed in range(60):
        found = correlation(planted(80, seed=seed), "pearson", how=Resampling(resamples=200))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= true <= found.high
    # 60 intervals at 95%: fewer than 51 has a probability below 0.002.
    assert hits >= 51


def test_systems_are_few_and_their_interval_is_wide() -> None:
    frame = planted(90, strength=2)
    apart = correlation(frame, "pearson", how=QUICK)
    together = correlation(frame, "pearson", level="system", how=QUICK)
    assert together.n == 3
    assert apart.low is not None
    assert together.low is not None
    assert together.low < apart.low
    one = correlation(frame.assign(system="only"), "pearson", level="system", how=QUICK)
    assert one.missing == "1 systems with both: a correlation needs 3"


def test_a_metric_that_only_knows_the_system_has_nothing_within_systems() -> None:
    rng = np.random.default_rng(1)
    frame = planted(300)
    level = frame["system"].map({"s0": 0.0, "s1": 3.0, "s2": 6.0})
    frame = frame.assign(human=frame["human"] + level, score=level + rng.normal(size=300) * 0.1)
    whole = correlation(frame, "spearman", how=QUICK)
    within = within_systems(frame, "spearman", how=QUICK)
    assert whole.value is not None
    assert whole.value > 0.7
    assert within.low is not None
    assert within.high is not None
    assert within.low < 0 < within.high


def test_turns_are_resampled_by_dialogue() -> None:
    frame = planted(120)
    # Every dialogue is ten copies of one turn: more rows, and no more information.
    few = frame.head(12)
    turns = pd.concat([few.assign(unit=few["unit"] + f"#{copy}") for copy in range(10)])
    alone = correlation(frame.head(12), "pearson", how=Resampling(resamples=400))
    copied = correlation(turns, "pearson", level="turn", how=Resampling(resamples=400))
    assert copied.value == pytest.approx(alone.value)
    widths = []
    for one in (alone, copied):
        assert one.low is not None
        assert one.high is not None
        widths.append(one.high - one.low)
    assert widths[0] == pytest.approx(widths[1], rel=0.35)


@pytest.mark.parametrize(
    ("human", "score", "why"),
    [
        ([3.0] * 9, list(range(9)), "all judgments are the same"),
        (list(range(9)), [1.0] * 9, "all scores are the same"),
        ([1.0, 2.0], [1.0, 2.0], "2 dialogues with both: a correlation needs 3"),
        ([], [], "0 dialogues with both: a correlation needs 3"),
    ],
)
def test_what_cannot_be_computed_says_why(human: list[float], score: list[float], why: str) -> None:
    for kind in COEFFICIENTS:
        assert correlation(points(human, score), kind, how=QUICK).missing == why
    assert within_systems(points(human, score), how=QUICK).missing


def test_the_ceiling_is_the_root_of_the_reliability() -> None:
    known = Estimate(
        quantity="ICC(1,k)", value=0.64, low=0.49, high=0.81, n=30, estimator="x", interval="F"
    )
    found = ceiling(known)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.7, 0.9))
    none = known.model_copy(update={"value": -0.2})
    assert ceiling(none).missing == "the raters' means are not reliable at all"


def test_williams_is_steigers_example() -> None:
    # Steiger 1980, case A as in R's psych::r.test(103, .4, .5, .1): t = -0.89, p < 0.37.
    t, p = williams(0.4, 0.5, 0.1, 103)
    assert t == pytest.approx(-0.89, abs=0.005)
    assert p == pytest.approx(0.37, abs=0.005)
    with pytest.raises(ValueError, match="needs 4 points"):
        williams(0.1, 0.2, 0.3, 3)
    with pytest.raises(ValueError, match="no three variables"):
        williams(0.9, -0.9, 0.9, 30)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_swapping_two_metrics_turns_the_difference_around(seed: int) -> None:
    one, other = planted(30, 1, seed), planted(30, 0.3, seed + 1)
    other = other.assign(human=one["human"])
    there, back = compare(one, other, permutations=200), compare(other, one, permutations=200)
    assert there.difference == pytest.approx(-(back.difference or 0))
    assert there.williams == pytest.approx(back.williams)
    assert there.permutation is not None
    assert 0 < there.permutation <= 1


def test_permutation_and_williams_agree_on_what_is_planted() -> None:
    strong = planted(200, 2)
    weak = strong.assign(score=np.random.default_rng(5).normal(size=200))
    found = compare(strong, weak)
    assert found.williams is not None
    assert found.permutation is not None
    assert found.williams < 0.001
    assert found.permutation < 0.001
    same = compare(strong, strong)
    assert same.missing == "the two metrics say the same"


def test_false_alarms_of_the_permutation_test_are_rare() -> None:
    alarms = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        human = rng.normal(size=40)
        one, other = (points(human, human + rng.normal(size=40)) for _ in range(2))
        p = compare(one, other, "pearson", permutations=200, seed=seed).permutation
        assert p is not None
        alarms += p <= 0.05
    # Binomial(80, 0.05): more than 11 has a probability below 0.001.
    assert alarms <= 11


def test_holm_is_statsmodels_and_keeps_what_is_missing() -> None:
    assert adjusted([0.01, None, 0.02, 0.5]) == pytest.approx([0.03, None, 0.04, 0.5])
    assert adjusted([None]) == [None]
    assert compare(planted(3), planted(3)).missing == "3 dialogues or points: the tests need 4"
