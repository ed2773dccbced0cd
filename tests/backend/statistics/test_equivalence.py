"""Equivalence: 'indistinguishable' needs evidence, not the want of it."""

import numpy as np
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from backend.statistics.discrimination import identify
from backend.statistics.equivalence import equivalence
from backend.statistics.estimate import Estimate
from tests.backend.statistics.frames import QUICK, identified, one


def test_a_small_study_that_sees_no_difference_does_not_claim_there_is_none() -> None:
    found = one(identify(identified(n=120, strength=0.0), how=QUICK), "d'")

    assert found.low is not None
    assert found.low < 0 < (found.high or 0)
    assert not equivalence(found, -0.3, 0.3).indistinguishable


def test_a_large_study_of_a_perfect_simulator_may_claim_it() -> None:
    found = one(identify(identified(n=20_000, strength=0.0), how=QUICK), "d'")

    assert equivalence(found, -0.3, 0.3).indistinguishable


def test_the_p_value_agrees_with_statsmodels_for_a_plain_mean() -> None:
    values = np.random.default_rng(0).normal(0.1, 1, 50)
    p, _, _ = DescrStatsW(values).ttost_mean(-0.5, 0.5)
    se = values.std(ddof=1) / np.sqrt(50)
    mean = Estimate(
        quantity="mean", value=values.mean(), low=-9, high=9, n=50, se=se, df=49,
        estimator="mean", interval="t",
    )  # fmt: skip

    assert equivalence(mean, -0.5, 0.5).p == pytest.approx(p)


def test_the_claim_is_made_exactly_when_the_interval_lies_within_the_bounds() -> None:
    found = one(identify(identified(), how=QUICK), "d'")
    for bound in (0.2, 1.0, 1.2, 1.5, 3.0):
        result = equivalence(found, -bound, bound)
        assert result.low is not None
        assert result.high is not None
        assert result.indistinguishable == (-bound < result.low and result.high < bound)


def test_without_a_value_or_an_interval_there_is_no_claim_but_a_reason() -> None:
    empty = one(identify(identified().iloc[:0], how=QUICK), "d'")
    alone = one(identify(identified().query("rater == 'r01'"), how=QUICK), "d'")

    for found in (empty, alone):
        result = equivalence(found, -0.3, 0.3)
        assert not result.indistinguishable
        assert result.p is None
        assert result.missing


def test_bounds_the_wrong_way_round_are_refused() -> None:
    found = one(identify(identified(), how=QUICK), "d'")
    with pytest.raises(ValueError, match="low to high"):
        equivalence(found, 0.3, -0.3)
