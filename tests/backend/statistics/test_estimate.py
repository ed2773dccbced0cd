"""Estimates: a value or a reason, in objects and in frames."""

import math

import pytest
from pydantic import ValidationError

from backend.statistics.estimate import Estimate, to_frame


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"value": 0.5, "missing": "none"},
        {"value": 0.5},
        {"value": 0.5, "low": 0.4, "high": 0.6},
        {"value": math.nan, "interval_missing": "one rater"},
        {"value": 0.5, "low": 0.4, "high": math.inf, "interval": "t"},
        {"missing": "no judgments", "interval_missing": "one rater"},
        {"missing": "no judgments", "low": 0.1, "high": 0.2, "interval": "t"},
    ],
)
def test_an_estimate_without_a_finite_value_or_a_reason_cannot_be_made(
    fields: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        Estimate.model_validate({"quantity": "d'", "n": 3, "estimator": "z", **fields})


def test_a_frame_of_estimates_shows_what_is_absent_as_absent_and_never_nan() -> None:
    whole = Estimate(quantity="d'", value=1.0, low=0.5, high=1.5, n=9, estimator="z", interval="t")
    empty = Estimate(quantity="d'", n=0, estimator="z", missing="no judgments")

    frame = to_frame([whole, empty])

    assert list(frame.columns) == list(Estimate.model_fields)
    assert "nan" not in frame.to_string().lower().replace("<na>", "")
    assert frame["value"].isna().tolist() == [False, True]
    assert to_frame([]).columns.tolist() == frame.columns.tolist()
