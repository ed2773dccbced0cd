"""Discrimination: published figures, second implementations, and what must not matter."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from backend.statistics.choices import compare
from backend.statistics.discrimination import identify
from backend.statistics.sensitivity import (
    criterion,
    dprime,
    dprime_from_rates,
    forced_choice_dprime,
)
from tests.backend.statistics.frames import (
    QUICK,
    counted,
    identified,
    identify_frames,
    one,
    same_answers,
)


@pytest.mark.parametrize(
    ("called_human", "humans_called_human", "published"),
    [(1 - 0.60, 0.73, 0.87), (0.54, 0.67, 0.34), (0.22, 0.67, 1.21)],
    ids=["Human or Not", "GPT-4 in the two-party Turing test", "ELIZA in the same"],
)
def test_published_turing_tests_come_out_as_published(
    called_human: float, humans_called_human: float, published: float
) -> None:
    found = dprime_from_rates(1 - called_human, 1 - humans_called_human)

    assert float(found) == pytest.approx(published, abs=0.005)


def test_identify_finds_the_published_sensitivity_in_the_judgments_themselves() -> None:
    found = identify(counted(hits=600, misses=400, false_alarms=270, rejections=730), how=QUICK)

    assert one(found, "d'").value == pytest.approx(0.87, abs=0.005)
    assert one(found, "hit rate").value == pytest.approx(0.60)
    assert one(found, "false-alarm rate").value == pytest.approx(0.27)
    assert one(found, "fooled rate", "agenda").value == pytest.approx(0.40)
    assert one(found, "accuracy").value == pytest.approx(1330 / 2000)


def test_perfect_raters_get_a_finite_corrected_d_prime_and_no_invented_interval() -> None:
    found = one(identify(counted(10, 0, 0, 10), how=QUICK), "d'")

    assert found.value == pytest.approx(2 * stats.norm.ppf(10.5 / 11))
    assert found.low is None
    assert "same answer" in (found.interval_missing or "")


def test_without_correction_perfect_rates_are_infinite_and_an_unknown_correction_is_refused() -> (
    None
):
    assert np.isinf(dprime(10, 0, 0, 10, correction="none"))
    with pytest.raises(ValueError, match="loglinear"):
        dprime(10, 0, 0, 10, correction="half")  # type: ignore[arg-type]


def test_each_system_is_set_against_the_human_dialogues_matched_to_it() -> None:
    frame = identified()
    low = frame["scenario"] < 8
    # Only 'agenda' was shown in the low scenarios; humans are suspected there and nowhere else.
    frame = frame[(frame["system"] != "tuned") | ~low].assign(
        said_simulated=lambda f: f["said_simulated"].where(f["simulated"], f["scenario"] < 8)
    )
    frame = frame[(frame["system"] != "agenda") | (frame["scenario"] < 8)]

    found = identify(frame, match="scenario", how=QUICK)

    assert one(found, "false-alarm rate", "agenda").value == 1
    assert one(found, "false-alarm rate", "tuned").value == 0
    assert 0 < (one(found, "false-alarm rate").value or 0) < 1


def test_a_system_without_matching_human_dialogues_has_a_hit_rate_and_no_d_prime() -> None:
    frame = identified()
    frame.loc[frame["simulated"], "scenario"] = 99

    found = identify(frame, match="scenario", how=QUICK)

    assert one(found, "hit rate", "agenda").value is not None
    assert one(found, "d'", "agenda").missing == "no judgments of human dialogues"


def test_both_accuracy_intervals_are_named_and_wilson_s_agrees_with_statsmodels() -> None:
    frame = identified()
    clustered, independent = (
        e for e in identify(frame, how=QUICK) if e.quantity == "accuracy" and e.group is None
    )
    right = int((frame["simulated"] == frame["said_simulated"]).sum())

    assert "two-way cluster bootstrap" in (clustered.interval or "")
    assert "seed 0" in (clustered.interval or "")
    assert (independent.interval or "").startswith("Wilson")
    assert (independent.low, independent.high) == pytest.approx(
        proportion_confint(right, len(frame), method="wilson")
    )


def test_the_area_under_the_rating_curve_is_the_mann_whitney_statistic() -> None:
    frame = identified()
    signed = frame["confidence"] * np.where(frame["said_simulated"], 1, -1)
    simulated, human = signed[frame["simulated"]], signed[~frame["simulated"]]
    u = stats.mannwhitneyu(simulated, human).statistic

    found = one(identify(frame, how=QUICK), "AUC")

    assert found.value == pytest.approx(u / len(simulated) / len(human))
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high < 1


def test_raters_who_differ_widen_the_interval_over_one_that_takes_judgments_as_independent() -> (
    None
):
    frame = identified()
    stubborn = frame["rater"] < "r15"
    frame["said_simulated"] = frame["said_simulated"] | stubborn

    found = one(identify(frame), "hit rate")
    p, n = found.value or 0, found.n

    assert (found.se or 0) > 1.5 * np.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("clusters", ["two-way", "raters", "dialogues", "nested"])
def test_an_independent_analytic_standard_error_agrees_where_nothing_is_clustered(
    clusters: str,
) -> None:
    rng = np.random.default_rng(3)
    n = 4000
    frame = pd.DataFrame(
        {"rater": np.arange(n) % 400, "dialogue": np.arange(n) % 800 + rng.integers(0, 2, n) * 800}
    )
    frame["simulated"] = frame["dialogue"] < 800
    frame["system"] = frame["simulated"].map({True: "agenda", False: None})
    frame["said_simulated"] = rng.random(n) < np.where(frame["simulated"], 0.6, 0.3)
    table = frame.groupby("simulated")["said_simulated"].agg(["mean", "size"])
    p, size = table["mean"], table["size"]
    # Gourevitch and Galanter 1967.
    analytic = np.sqrt((p * (1 - p) / size / stats.norm.pdf(stats.norm.ppf(p)) ** 2).sum())

    how = QUICK.__class__(clusters=clusters, resamples=600)  # type: ignore[arg-type]
    found = one(identify(frame, how=how), "d'")

    # The nested bootstrap counts the judgments' own noise twice; with 10 a rater, nearly sqrt(2).
    expected = analytic * (np.sqrt(1.9) if clusters == "nested" else 1)
    assert found.se == pytest.approx(expected, rel=0.15)


@settings(max_examples=40, deadline=None)
@given(frame=identify_frames())
def test_the_order_of_judgments_does_not_matter(frame: pd.DataFrame) -> None:
    shuffled = frame.sample(frac=1, random_state=1)

    same_answers(
        identify(frame, match="scenario", how=QUICK),
        identify(shuffled, match="scenario", how=QUICK),
    )


@settings(max_examples=40, deadline=None)
@given(frame=identify_frames())
def test_rates_stay_in_bounds_and_every_interval_holds_its_value(frame: pd.DataFrame) -> None:
    for found in identify(frame, how=QUICK):
        if found.value is None:
            assert found.missing
            continue
        if found.quantity not in ("d'", "criterion c"):
            assert 0 <= found.value <= 1
        if found.low is not None and found.high is not None:
            assert found.low <= found.value <= found.high


@settings(max_examples=40, deadline=None)
@given(frame=identify_frames())
def test_raters_who_answer_the_opposite_turn_the_sign_of_d_prime_and_criterion(
    frame: pd.DataFrame,
) -> None:
    turned = identify(frame.assign(said_simulated=~frame["said_simulated"]), how=QUICK)

    for found, other in zip(identify(frame, how=QUICK), turned, strict=True):
        if found.quantity in ("d'", "criterion c") and found.value is not None:
            assert other.value == pytest.approx(-found.value, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(frame=identify_frames())
def test_swapping_truth_and_answers_keeps_the_accuracy(frame: pd.DataFrame) -> None:
    swapped = frame.assign(simulated=frame["said_simulated"], said_simulated=frame["simulated"])
    before, after = (one(identify(f, how=QUICK), "accuracy") for f in (frame, swapped))

    if before.value is not None and after.value is not None:
        assert before.value == pytest.approx(after.value)


@settings(max_examples=30, deadline=None)
@given(frame=identify_frames())
def test_a_second_copy_of_every_rater_keeps_every_rate(frame: pd.DataFrame) -> None:
    twice = pd.concat([frame, frame.assign(rater=frame["rater"] + 100)])

    for found, other in zip(identify(frame, how=QUICK), identify(twice, how=QUICK), strict=True):
        if found.quantity not in ("d'", "criterion c"):
            assert found.value == other.value


@pytest.mark.parametrize(
    ("name", "keep", "reason"),
    [
        ("nothing", lambda f: f.iloc[:0], "no judgments"),
        ("no human side", lambda f: f[f["simulated"]], "no judgments of human dialogues"),
        ("only humans", lambda f: f[~f["simulated"]], "no judgments of simulated dialogues"),
    ],
)
def test_what_cannot_be_known_is_missing_with_its_reason(
    name: str, keep: Callable[[pd.DataFrame], pd.DataFrame], reason: str
) -> None:
    found = one(identify(keep(identified()), how=QUICK), "d'")

    assert found.value is None
    assert reason in (found.missing or "")


def test_one_rater_or_one_dialogue_has_values_and_says_why_there_is_no_interval() -> None:
    frame = identified()
    alone = one(identify(frame[frame["rater"] == "r03"], how=QUICK), "hit rate")
    repeated = one(identify(frame[frame["dialogue"].isin(["d01", "d50"])], how=QUICK), "hit rate")

    assert "one rater" in (alone.interval_missing or "")
    assert "one dialogue" in (repeated.interval_missing or "")


def test_a_blank_answer_is_not_counted_and_a_missing_column_is_named() -> None:
    frame = identified().astype({"said_simulated": object})
    frame.loc[:99, "said_simulated"] = None

    assert one(identify(frame, how=QUICK), "accuracy").n == 500
    with pytest.raises(ValueError, match="said_simulated"):
        identify(frame.drop(columns="said_simulated"))
    with pytest.raises(ValueError, match="said_simulated"):
        identify(frame.assign(said_simulated="maybe"))


def chosen(right: int, wrong: int) -> pd.DataFrame:
    """Forced choices with these counts; the human stood left and right in turn."""
    n = right + wrong
    return pd.DataFrame(
        {
            "rater": [f"r{i % 12}" for i in range(n)],
            "dialogue": [f"p{i // 5 % 9}" for i in range(n)],
            "system": "agenda",
            "correct": [i * right // n < (i + 1) * right // n for i in range(n)],
            "side": ["left" if i % 2 else "right" for i in range(n)],
        }
    )


def test_a_choice_between_two_gives_d_prime_root_two_z() -> None:
    found = compare(chosen(760, 240), how=QUICK)

    assert one(found, "proportion correct").value == pytest.approx(0.76)
    assert one(found, "fooled rate", "agenda").value == pytest.approx(0.24)
    # sqrt(2) z(.76) is 1.00 to two decimals.
    assert one(found, "d'").value == pytest.approx(1.00, abs=0.01)


def test_raters_at_chance_have_no_sensitivity_either_way() -> None:
    assert float(forced_choice_dprime(50, 50)) == 0
    assert float(dprime(30, 30, 30, 30)) == 0
    assert float(criterion(30, 30, 30, 30)) == 0


def test_raters_who_always_choose_left_show_as_position_bias_and_not_as_skill() -> None:
    frame = chosen(500, 500)
    found = compare(frame.assign(correct=frame["side"] == "left"), how=QUICK)

    assert one(found, "chose left").value == 1
    assert one(found, "proportion correct").value == pytest.approx(0.5)


def test_position_bias_is_not_feigned_by_an_uneven_choice_of_sides() -> None:
    left, right = (chosen(800, 200).assign(side=side) for side in ("left", "right"))
    uneven = pd.concat([left, right.iloc[:50]])

    bias = one(compare(uneven, how=QUICK), "chose left").value

    assert bias == pytest.approx(0.5)


@pytest.mark.parametrize("columns", [{"correct": True}, {"side": "left"}, {"side": None}])
def test_degenerate_choices_give_reasons_and_never_an_exception(columns: dict[str, Any]) -> None:
    for frame in (chosen(60, 40), chosen(60, 40).iloc[:1], chosen(60, 40).iloc[:0]):
        found = compare(frame.assign(**columns), how=QUICK)
        assert all((e.value is None) == (e.missing is not None) for e in found)
        assert any(e.missing or e.interval_missing for e in found)


def test_a_third_side_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="middle"):
        compare(chosen(6, 4).assign(side=["left", "right", "middle", "left", "right"] * 2))
