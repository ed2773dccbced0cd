"""Agreement: textbook values, second implementations, and the raw raters of ab_redial."""

import warnings
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from backend.statistics.agreement import (
    Metric,
    intraclass_correlations,
    krippendorff_alpha,
    percent_agreement,
)
from tests.backend.statistics.frames import QUICK, rating_frames, same_answers

METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval")

#: Krippendorff 2011, example C: four observers, twelve units, with missing data.
TEXTBOOK = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def long(matrix: list[list[int | None]]) -> pd.DataFrame:
    """A raters-by-units matrix as one row a rating."""
    rows = [
        (rater, dialogue, value)
        for rater, values in enumerate(matrix)
        for dialogue, value in enumerate(values)
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["rater", "dialogue", "value"])


def wide(frame: pd.DataFrame) -> np.ndarray:
    """One row a rating as a slots-by-units matrix, NaN where a unit has fewer ratings."""
    slots = frame.assign(slot=frame.groupby("dialogue").cumcount())
    return slots.pivot(index="slot", columns="dialogue", values="value").to_numpy(dtype=float)


@pytest.mark.parametrize(
    ("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_krippendorff_s_textbook_matrix_has_his_alphas(metric: Metric, published: float) -> None:
    found = krippendorff_alpha(long(TEXTBOOK), metric)

    assert found.value == pytest.approx(published, abs=0.0005)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert (found.n, found.raters, found.dialogues) == (40, 4, 11)


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=40, deadline=None)
@given(frame=rating_frames())
def test_the_krippendorff_package_finds_the_same_alpha(metric: Metric, frame: pd.DataFrame) -> None:
    found = krippendorff_alpha(frame.drop(columns="rater"), metric, how=QUICK)
    if found.value is None:
        return

    oracle = krippendorff.alpha(wide(frame), level_of_measurement=metric)

    assert found.value == pytest.approx(oracle, abs=1e-9)
    assert found.value <= 1 + 1e-12


@pytest.mark.parametrize("metric", METRICS)
def test_the_alpha_of_the_bootstrap_is_evalica_s(metric: Metric) -> None:
    rng = np.random.default_rng(0)
    unit = np.repeat(np.arange(400), 3)
    value = (unit % 5 + rng.integers(-1, 2, len(unit))).clip(0, 5) ** 2
    frame = pd.DataFrame({"dialogue": unit, "value": value})

    found = krippendorff_alpha(frame, metric)

    assert found.low is not None
    assert found.high is not None
    assert (found.low + found.high) / 2 == pytest.approx(found.value, abs=0.01)


def test_the_interval_over_units_narrows_with_the_root_of_their_number() -> None:
    def width(units: int) -> float:
        rng = np.random.default_rng(5)
        unit = np.repeat(np.arange(units), 3)
        frame = pd.DataFrame({"dialogue": unit, "value": unit % 3 + rng.integers(0, 2, len(unit))})
        found = krippendorff_alpha(frame, "interval")
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert width(100) / width(1600) == pytest.approx(4, rel=0.25)


def test_ten_ratings_of_shrout_and_fleiss_have_their_one_way_reliabilities() -> None:
    # Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(1,1) = .17, ICC(1,4) = .44.
    matrix: list[list[int | None]] = [
        [9, 6, 8, 7, 10, 6],
        [2, 1, 4, 1, 5, 2],
        [5, 3, 6, 2, 6, 4],
        [8, 2, 8, 6, 9, 7],
    ]
    single, mean = intraclass_correlations(long(matrix))

    assert single.value == pytest.approx(0.17, abs=0.005)
    assert mean.value == pytest.approx(0.44, abs=0.005)
    assert "F(5, 18)" in (single.interval or "")


def test_pingouin_finds_the_same_icc_and_the_same_interval() -> None:
    # Importing it warns in ways that are no concern of these tests.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pingouin = pytest.importorskip("pingouin")
        rng = np.random.default_rng(2)
        unit, rater = np.divmod(np.arange(120), 4)
        value = rng.normal(0, 1, 30)[unit] + rng.normal(0, 1, 120)
        frame = pd.DataFrame({"dialogue": unit, "rater": rater, "value": value})
        table = pingouin.intraclass_corr(frame, targets="dialogue", raters="rater", ratings="value")
    oracles = [table.iloc[0], table.iloc[3]]

    for found, oracle in zip(intraclass_correlations(frame), oracles, strict=True):
        interval = next(oracle[name] for name in oracle.index if str(name).startswith("CI95"))
        assert found.value == pytest.approx(oracle["ICC"], abs=1e-9)
        assert (found.low, found.high) == pytest.approx(tuple(interval), abs=0.006)


def test_the_reliability_of_the_mean_follows_from_that_of_one_rating() -> None:
    single, mean = intraclass_correlations(long(TEXTBOOK))
    k = float(single.estimator.rsplit("= ", 1)[1])
    assert single.value is not None

    assert mean.value == pytest.approx(k * single.value / (1 + (k - 1) * single.value), abs=0.002)


@pytest.mark.parametrize(
    ("column", "published"), [("dialogue-overall", (0.34, 0.63)), ("task-completion", (0.35, 0.64))]
)
def test_the_raw_dialogue_raters_of_ab_redial_are_as_reliable_as_measured(
    shared_data: Path, column: str, published: tuple[float, float]
) -> None:
    raw = pd.read_csv(shared_data / "ab_redial" / "annotated_dialogues.csv")
    utterances = [name for name in raw.columns if name.startswith("utterance")]
    # Conversation ids collide: the text is what tells dialogues apart.
    text = raw[utterances].fillna("").agg("|".join, axis=1)
    frame = pd.DataFrame({"dialogue": text, "value": pd.to_numeric(raw[column], errors="coerce")})

    found = [e.value for e in intraclass_correlations(frame)]

    assert found == pytest.approx(published, abs=0.02)


def test_the_raw_turn_raters_of_ab_redial_are_as_reliable_as_measured(shared_data: Path) -> None:
    raw = pd.read_csv(shared_data / "ab_redial" / "annotated_turns.csv")
    parts = [
        pd.DataFrame(
            {
                "turn": raw["ConvId"].astype("str") + f"/{turn}",
                "value": pd.to_numeric(raw[f"relevance{turn}"], errors="coerce"),
            }
        )
        for turn in (1, 2, 3)
    ]

    found = [e.value for e in intraclass_correlations(pd.concat(parts), unit="turn")]

    assert found == pytest.approx((0.52, 0.78), abs=0.02)


def test_percent_agreement_ignores_chance_and_alpha_does_not() -> None:
    frame = pd.DataFrame({"dialogue": np.repeat(range(50), 2), "value": [1] * 98 + [1, 2]})

    assert percent_agreement(frame).value == pytest.approx(0.98)
    assert (krippendorff_alpha(frame).value or 0) == pytest.approx(0, abs=0.02)


def test_answers_in_words_have_a_nominal_alpha_and_numbers_are_asked_for_elsewhere() -> None:
    words = long(TEXTBOOK).assign(value=lambda f: f["value"].map(lambda v: f"answer {v}"))

    assert krippendorff_alpha(words).value == pytest.approx(0.743, abs=0.0005)
    with pytest.raises(ValueError, match="'value' holds numbers"):
        krippendorff_alpha(words, "ordinal")
    with pytest.raises(ValueError, match="'value' holds numbers"):
        intraclass_correlations(words)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (long(TEXTBOOK).iloc[:0], "0 units"),
        (long(TEXTBOOK).query("rater == 1"), "0 units"),
        (long(TEXTBOOK).query("dialogue == 1"), "1 units"),
        (long(TEXTBOOK).assign(value=3), "all values are the same"),
        (long(TEXTBOOK).assign(rater="ann"), "one rater"),
    ],
    ids=["nothing", "one rater", "one unit", "constant", "one rater again and again"],
)
def test_agreement_that_cannot_be_known_is_missing_with_its_reason(
    frame: pd.DataFrame, reason: str
) -> None:
    found = [krippendorff_alpha(frame), percent_agreement(frame), *intraclass_correlations(frame)]

    assert all(e.value is None for e in found)
    assert all(reason in (e.missing or "") for e in found)


def test_units_that_all_have_one_mean_are_as_unreliable_as_can_be() -> None:
    single, mean = intraclass_correlations(
        pd.DataFrame({"dialogue": list("xxyy"), "value": [1, 5, 5, 1]})
    )

    assert single.value == pytest.approx(-1)
    assert mean.value is None
    assert mean.missing


def test_raters_who_never_differ_are_perfectly_reliable_without_an_interval() -> None:
    frame = pd.DataFrame({"dialogue": list("xxyyzz"), "value": [1, 1, 2, 2, 5, 5]})

    for found in (*intraclass_correlations(frame), krippendorff_alpha(frame, "interval")):
        assert found.value == pytest.approx(1)
        assert found.interval_missing


@settings(max_examples=30, deadline=None)
@given(frame=rating_frames())
def test_the_order_of_ratings_does_not_matter_and_nothing_exceeds_one(frame: pd.DataFrame) -> None:
    def all_of(ratings: pd.DataFrame) -> list:  # type: ignore[type-arg]
        return [
            krippendorff_alpha(ratings, "ordinal", how=QUICK),
            percent_agreement(ratings, how=QUICK),
            *intraclass_correlations(ratings, how=QUICK),
        ]

    found = all_of(frame)

    assert all(e.value <= 1 + 1e-9 for e in found if e.value is not None)
    same_answers(found, all_of(frame.sample(frac=1, random_state=4)))
