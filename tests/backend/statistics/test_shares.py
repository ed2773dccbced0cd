"""Shares of options, compared with counts by hand and with Wilson's interval."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from backend.statistics.shares import counts, shares

OPTIONS = ["yes", "no", "unsure"]


def answers(values: list[str], systems: list[str]) -> pd.DataFrame:
    """One answer of one rater about each dialogue."""
    names = [str(number) for number in range(len(values))]
    return pd.DataFrame({"rater": names, "dialogue": names, "system": systems, "value": values})


def test_independent_answers_have_nearly_wilsons_interval() -> None:
    values = ["yes"] * 120 + ["no"] * 80
    by_option = {e.quantity: e for e in shares(answers(values, ["a"] * 200), OPTIONS) if e.group}
    low, high = proportion_confint(120, 200, method="wilson")
    assert by_option["yes"].value == pytest.approx(0.6)
    assert by_option["yes"].low == pytest.approx(low, abs=0.015)
    assert by_option["yes"].high == pytest.approx(high, abs=0.015)
    assert by_option["unsure"].value == 0
    assert by_option["unsure"].interval_missing


def test_answers_of_few_raters_have_wider_intervals_than_of_many() -> None:
    many = answers(["yes", "yes", "no", "yes"] * 40, ["a"] * 160)
    few = many.assign(rater=[str(number % 8) for number in range(160)])
    few["value"] = np.where(few["rater"].isin(["0", "1"]), "no", "yes")

    def width(frame: pd.DataFrame) -> float:
        (share,) = [e for e in shares(frame, OPTIONS) if (e.quantity, e.group) == ("yes", None)]
        assert share.low is not None
        assert share.high is not None
        return share.high - share.low

    assert width(few) > 2 * width(many)


@given(
    st.lists(
        st.tuples(st.sampled_from(OPTIONS), st.sampled_from(["a", "b"])), min_size=1, max_size=40
    )
)
def test_shares_are_the_counts_over_their_sum(given_answers: list[tuple[str, str]]) -> None:
    frame = answers(*map(list, zip(*given_answers, strict=True)))
    table = counts(frame, OPTIONS).set_index("answer")
    for share in shares(frame, OPTIONS):
        column = table.sum(axis=1) if share.group is None else table[share.group]
        assert share.value == pytest.approx(column[share.quantity] / column.sum())
        assert share.n == column.sum()


def test_without_answers_every_option_is_missing_with_the_reason() -> None:
    none = shares(answers([], []), OPTIONS)
    assert [(e.quantity, e.value, e.missing) for e in none] == [
        (option, None, "no answers") for option in OPTIONS
    ]


def test_an_answer_that_is_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="none of yes, no, unsure"):
        shares(answers(["maybe"], ["a"]), OPTIONS)
