"""Power against textbook sample sizes, other packages and simulated studies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower
from typer.testing import CliRunner

from annotations.__main__ import app
from backend.statistics.bootstrap import Resampling
from backend.statistics.discrimination import identify
from backend.statistics.power import (
    EFFECTS,
    QUESTIONS,
    Clustering,
    Question,
    Sample,
    detectable,
    judgments_needed,
    power,
)

ALONE = Clustering(0, 0)


def test_a_difference_of_means_is_statsmodels() -> None:
    for effect, n in ((0.2, 100), (0.5, 64), (0.8, 30)):
        theirs = NormalIndPower().power(effect, n, 0.05, ratio=2)
        ours = power("rate", effect, Sample(n, n, n), Sample(2 * n, 2 * n, 2 * n), clustering=ALONE)
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_a_correlation_of_a_third_needs_the_textbooks_number() -> None:
    # Cohen 1988 and Hulley et al. 2013: r = 0.3, two-sided 5%, power 80%: 85; r = 0.5: 29 or 30.
    perfect = Clustering(0, 0.9999999)
    needed = judgments_needed("correlate", 0.3, per_rater=1, per_unit=1, clustering=perfect)
    assert needed == pytest.approx(85, abs=1)
    half = judgments_needed("correlate", 0.5, per_rater=1, per_unit=1, clustering=perfect)
    assert half == pytest.approx(30, abs=1)


def test_a_share_of_sixty_per_cent_needs_the_textbooks_number() -> None:
    # Fleiss 2003, one proportion against 0.5: n = ((1.96 / 2 + 0.8416 sqrt(0.24)) / 0.1)^2 = 194.
    needed = judgments_needed("prefer", 0.1, per_rater=1, per_unit=1, clustering=ALONE)
    assert needed == pytest.approx(194, abs=1)


@given(
    st.sampled_from(QUESTIONS),
    st.floats(0.05, 0.45),
    st.integers(10, 2000),
    st.floats(0, 0.5),
    st.floats(0.01, 0.5),
)
@example("prefer", 0.4375, 10, 0.5, 0.5)
def test_power_grows_with_effect_and_judgments_and_shrinks_with_clustering(
    question: Question, effect: float, n: int, rater: float, unit: float
) -> None:
    sample = Sample(n, n / 5, n / 3)
    clustering = Clustering(rater, unit)
    found = power(question, effect, sample, clustering=clustering)
    assert 0 <= found <= 1
    assert power(question, effect + 0.05, sample, clustering=clustering) >= found - 1e-9
    more = Sample(2 * n, 2 * n / 5, 2 * n / 3)
    assert power(question, effect, more, clustering=clustering) >= found - 1e-9
    if question != "correlate":  # where judgments of a unit agree, its mean is worth more
        assert power(question, effect, sample, clustering=ALONE) >= found - 1e-9


@given(st.sampled_from(QUESTIONS), st.integers(50, 5000))
def test_what_is_detectable_is_detected(question: Question, n: int) -> None:
    sample = Sample(n, n / 5, n / 3)
    smallest = detectable(question, sample)
    if smallest is None:
        assert power(question, EFFECTS[question][1], sample) < 0.8
    else:
        assert power(question, smallest, sample) == pytest.approx(0.8, abs=0.01)


def test_nothing_has_no_power() -> None:
    assert power("identify", 1, Sample(0, 0, 0)) == 0
    assert detectable("rate", Sample(0, 0, 0)) is None
    with pytest.raises(ValueError, match=r"in \[0, 0.5\]; got 0.7"):
        power("prefer", 0.7, Sample(9, 9, 9))
    with pytest.raises(ValueError, match="ICC of one rater"):
        Clustering(1.0, 0.1)


def test_simulated_studies_find_a_planted_sensitivity_as_often_as_promised() -> None:
    """24 raters with 10 screens a side, d' = 0.5, raters' biases normal: by `identify` itself."""
    rng = np.random.default_rng(3)
    found, studies, spread = 0, 60, 0.3
    for _ in range(studies):
        rows = []
        for rater in range(24):
            bias = rng.normal(0, spread)
            for screen in range(20):
                simulated = screen % 2 == 0
                says = rng.normal() + (0.25 if simulated else -0.25) + bias > 0
                rows.append((f"r{rater}", f"d{rng.integers(60)}-{simulated}", simulated, says))
        frame = pd.DataFrame(rows, columns=["rater", "dialogue", "simulated", "said_simulated"])
        frame["system"] = pd.Series("one", index=frame.index).where(frame["simulated"])
        estimates = identify(frame, how=Resampling(resamples=200))
        dprime = next(e for e in estimates if e.quantity == "d'" and e.group == "one")
        assert dprime.low is not None
        found += dprime.low > 0
    promised = power("identify", 0.5, Sample(240, 24, 60), clustering=Clustering(0, 0))
    # A rater's bias moves both sides alike and leaves d' alone.
    assert found / studies == pytest.approx(promised, abs=0.17)


def test_the_command_tells_how_many_and_refuses_nonsense() -> None:
    run = CliRunner().invoke
    told = run(app, ["power", "identify", "--effect", "0.5", "--effect", "0.0001"])
    assert told.exit_code == 0, told.output
    assert "no number is enough" in told.output
    assert run(app, ["power", "taste", "--effect", "1"]).exit_code == 1
    assert "is in [0, 0.5]" in run(app, ["power", "prefer", "--effect", "2"]).output
