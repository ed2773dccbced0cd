"""Ratings: means, counts and the ordinal check."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings

from backend.statistics.bootstrap import Resampling
from backend.statistics.ratings import distribution, means, ordinal_contrasts
from tests.backend.statistics.frames import QUICK, one, rating_frames, same_answers


def rated(n: int = 800, shift: float = 0.8, seed: int = 0) -> pd.DataFrame:
    """Ratings from 1 to 5 of systems 'agenda' and 'tuned'; raters lean high or low."""
    rng = np.random.default_rng(seed)
    rater, dialogue = rng.integers(0, 25, n), rng.integers(0, 40, n)
    lean = rng.normal(0, 0.7, 25)[rater]
    value = 3 + shift * (dialogue % 2) + lean + rng.logistic(0, 0.6, n)
    return pd.DataFrame(
        {
            "rater": rater,
            "dialogue": dialogue,
            "system": np.where(dialogue % 2, "tuned", "agenda"),
            "question": "natural",
            "value": value.round().clip(1, 5).astype(int),
        }
    )


def test_the_mean_is_each_system_s_own_and_the_interval_is_named() -> None:
    frame = rated()
    found = means(frame, how=QUICK)

    for system in ("agenda", "tuned"):
        own = frame[frame["system"] == system]
        estimate = one(found, "natural", system)
        assert estimate.value == pytest.approx(own["value"].mean())
        assert (estimate.n, estimate.raters) == (len(own), own["rater"].nunique())
        assert "two-way cluster bootstrap" in (estimate.interval or "")
    assert one(found, "natural").value == pytest.approx(frame["value"].mean())


def test_the_one_way_standard_error_agrees_with_statsmodels_cluster_robust_one() -> None:
    frame = rated()
    design = np.ones((len(frame), 1))
    fit = sm.OLS(frame["value"].astype(float), design).fit(
        cov_type="cluster", cov_kwds={"groups": frame["rater"]}
    )

    found = one(means(frame, how=Resampling("raters", resamples=4000)), "natural")

    assert found.se == pytest.approx(float(fit.bse.iloc[0]), rel=0.06)


def test_the_two_way_standard_error_agrees_with_cameron_gelbach_and_miller_s_sandwich() -> None:
    frame = rated()
    groups = frame[["rater", "dialogue"]].to_numpy()
    fit = sm.OLS(frame["value"].astype(float), np.ones((len(frame), 1))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True}
    )

    found = one(means(frame, how=Resampling(resamples=4000)), "natural")

    assert found.se == pytest.approx(float(fit.bse.iloc[0]), rel=0.06)


def test_dialogues_a_human_played_are_rated_under_the_name_human() -> None:
    frame = rated().assign(system=lambda f: f["system"].where(f["system"] == "tuned"))

    assert {e.group for e in means(frame, how=QUICK)} == {"human", "tuned", None}
    assert [e.group for e in ordinal_contrasts(frame)] == ["tuned"]


def test_the_distribution_counts_every_rating_once() -> None:
    frame = rated()
    counts = distribution(frame)

    assert counts["n"].sum() == len(frame)
    assert counts.groupby("system")["share"].sum().tolist() == pytest.approx([1, 1])
    assert distribution(frame.iloc[:0]).empty


def test_the_ordinal_contrast_of_two_levels_is_logistic_regression_s() -> None:
    frame = rated().assign(value=lambda f: (f["value"] > 3).astype(int))
    design = sm.add_constant((frame["system"] == "tuned").astype(float))
    logit = sm.Logit(frame["value"], design).fit(disp=False)

    found = one(ordinal_contrasts(frame), "natural: log-odds of a higher rating", "tuned")

    assert found.value == pytest.approx(float(logit.params.iloc[1]), abs=1e-3)
    assert found.low is not None
    assert 0 < found.low < (found.high or 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": 4}, "all ratings are the same"),
        ({"system": "agenda"}, "another system"),
        ({"value": lambda f: np.where(f["system"] == "tuned", 5, 1)}, "no finite fit"),
        ({"value": lambda f: np.arange(len(f)) / 7}, "no ordered categories"),
    ],
)
def test_the_ordinal_check_says_why_it_has_no_answer(change: dict[str, Any], reason: str) -> None:
    for found in ordinal_contrasts(rated().assign(**change)):
        assert found.value is None
        assert reason in (found.missing or "")


def test_constant_ratings_have_a_mean_and_say_why_there_is_no_interval() -> None:
    found = one(means(rated().assign(value=4), how=QUICK), "natural", "tuned")

    assert found.value == 4
    assert found.low is None
    assert "all ratings are 4" in (found.interval_missing or "")


def test_no_ratings_are_missing_with_a_reason_and_text_is_refused_by_column() -> None:
    assert means(rated().iloc[:0])[0].missing == "no ratings"
    assert ordinal_contrasts(rated().iloc[:0])[0].missing == "no ratings"
    with pytest.raises(ValueError, match="'value' holds numbers"):
        means(rated().assign(value="good"))


@settings(max_examples=30, deadline=None)
@given(frame=rating_frames())
def test_means_stay_on_the_scale_and_the_order_of_rows_does_not_matter(
    frame: pd.DataFrame,
) -> None:
    found = means(frame, how=QUICK)

    assert all(1 <= e.value <= 5 for e in found if e.value is not None)
    same_answers(found, means(frame.sample(frac=1, random_state=2), how=QUICK))


@settings(max_examples=30, deadline=None)
@given(frame=rating_frames())
def test_a_second_copy_of_every_rater_keeps_every_mean(frame: pd.DataFrame) -> None:
    twice = pd.concat([frame, frame.assign(rater=frame["rater"] + 100)])

    for found, other in zip(means(frame, how=QUICK), means(twice, how=QUICK), strict=True):
        assert found.value == pytest.approx(other.value)


def test_as_many_ratings_as_parameters_are_too_few_for_the_ordinal_model() -> None:
    frame = pd.DataFrame(
        {
            "rater": list("abcabc"),
            "dialogue": list("uvwxyz"),
            "system": ["a", "a", "b", "b", "c", "c"],
            "question": "natural",
            "value": [1, 2, 3, 4, 5, 1],
        }
    )
    for estimate in ordinal_contrasts(frame):
        assert estimate.value is None
        assert estimate.missing == "6 ratings are too few for a model of 6 parameters"
