"""Calibration on planted data: false alarms of tests, and ceilings that a perfect metric reaches.

The slow tests hold the error rates that docs/statistics.md states.
"""

import numpy as np
import pandas as pd
import pytest

from backend.statistics.bootstrap import Resampling
from backend.statistics.contrasts import against_none, compare
from backend.statistics.correlation import Level
from backend.statistics.reliability import ceiling, reliability

DATA_SETS = 200


def metrics_of_equal_value(
    rng: np.random.Generator, *, dialogues: int = 60, turns: int = 12
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two metrics: people's dialogue effect, an error of their own by dialogue, and noise."""
    dialogue = np.repeat(np.arange(dialogues), turns)
    effect = rng.normal(size=dialogues)
    human = effect[dialogue] + rng.normal(size=len(dialogue))

    def metric() -> pd.DataFrame:
        score = (effect + rng.normal(size=dialogues))[dialogue] + rng.normal(size=len(dialogue))
        unit = [f"{d}#{t}" for d, t in zip(dialogue, np.tile(range(turns), dialogues), strict=True)]
        return pd.DataFrame({"unit": unit, "dialogue": dialogue, "human": human, "score": score})

    return metric(), metric()


def means(table: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """Points of a coarser level: means of human and score."""
    point = table.groupby(by)[["human", "score"]].mean().rename_axis("unit").reset_index()
    return point.assign(dialogue=point["unit"])


@pytest.mark.slow
@pytest.mark.parametrize("level", ["turn", "dialogue", "system"])
def test_paired_tests_reject_a_true_null_hypothesis_in_five_percent(level: Level) -> None:
    rejected = 0
    for seed in range(DATA_SETS):
        first, second = metrics_of_equal_value(np.random.default_rng(seed))
        if level != "turn":
            by = first["dialogue"] if level == "dialogue" else first["dialogue"] % 20
            first, second = means(first, by), means(second, by)
        p = compare(first, second, "pearson", permutations=400, seed=seed).permutation
        rejected += p is not None and p <= 0.05
    # 95% of binomial counts with p = 0.05 lie between 2% and 8.5% of 200.
    assert 0.02 <= rejected / DATA_SETS <= 0.085


@pytest.mark.slow
@pytest.mark.parametrize("turns", [1, 6])
def test_a_table_of_useless_metrics_names_a_winner_in_five_percent(turns: int) -> None:
    rng = np.random.default_rng(7)
    winners = 0
    for seed in range(DATA_SETS):
        dialogue = np.repeat(np.arange(60), turns)
        human = rng.normal(size=60)[dialogue] + rng.normal(size=len(dialogue))
        tables = [
            pd.DataFrame(
                {
                    "unit": np.arange(len(dialogue)),
                    "dialogue": dialogue,
                    "human": human,
                    "score": rng.normal(size=60)[dialogue] + rng.normal(size=len(dialogue)),
                }
            )
            for _ in range(30)
        ]
        ps = against_none(tables, permutations=400, seed=seed)
        winners += min(p for p in ps if p is not None) <= 0.05
    assert winners / DATA_SETS <= 0.085


def test_a_metric_that_knows_is_found_among_useless_ones() -> None:
    rng = np.random.default_rng(1)
    human = rng.normal(size=80)
    scores = [human + rng.normal(size=80), *rng.normal(size=(10, 80))]
    tables = [
        pd.DataFrame({"unit": range(80), "dialogue": range(80), "human": human, "score": score})
        for score in [*scores, np.ones(80)]
    ]
    first, *others, constant = against_none(tables, permutations=500)
    assert first is not None
    assert first <= 0.01
    assert sum(p is not None and p <= 0.05 for p in others) <= 1
    assert constant is None


def rated_turns(rng: np.random.Generator, *, same_raters: bool, systems: int) -> pd.DataFrame:
    """Turns with planted truth: each of 3 raters is lenient, and likes or dislikes a dialogue."""
    rows = []
    lenient = rng.normal(0, 0.4, 40)
    for dialogue in range(180):
        system = dialogue % systems
        level = np.random.default_rng([system, systems]).normal(0, 0.5) + rng.normal(0, 0.6)
        liking = rng.normal(0, 0.6, 40)
        panel = rng.choice(40, 3, replace=False)
        for turn in range(8):
            true = level + rng.normal(0, 0.7)
            for rater in panel if same_raters else rng.choice(40, 3, replace=False):
                value = true + lenient[rater] + liking[rater] + rng.normal()
                rows.append((f"{dialogue}#{turn}", dialogue, system, rater, value, true))
    return pd.DataFrame(rows, columns=["unit", "dialogue", "system", "rater", "value", "true"])


@pytest.mark.parametrize(
    ("level", "systems"), [("turn", 9), ("dialogue", 9), pytest.param("system", 45)]
)
@pytest.mark.parametrize("same_raters", [True, False])
def test_a_perfect_metric_reaches_the_ceiling(
    level: Level, systems: int, same_raters: bool
) -> None:
    reached, ceilings = [], []
    for seed in range(12):
        ratings = rated_turns(np.random.default_rng(seed), same_raters=same_raters, systems=systems)
        points = ratings.groupby(["system", "dialogue", "unit"])[["value", "true"]].mean()
        for coarser in {"turn": [], "dialogue": ["dialogue"], "system": ["dialogue", "system"]}[
            level
        ]:
            keys = ["system", "dialogue"] if coarser == "dialogue" else ["system"]
            points = points.groupby(keys).mean()
        reached.append(np.corrcoef(points["value"], points["true"])[0, 1])
        found = ceiling(reliability(ratings, level=level, how=Resampling(resamples=20)))
        ceilings.append(found.value or 0.0)
    assert np.mean(ceilings) == pytest.approx(np.mean(reached), abs=0.02)


def test_reliability_of_units_rated_by_strangers_is_icc_1_k() -> None:
    """Against the published example of Shrout and Fleiss 1979: ICC(1,4) = 0.443."""
    table = [
        [9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7],
    ]  # fmt: skip
    rows = [(u, f"{u}-{r}", value) for u, row in enumerate(table) for r, value in enumerate(row)]
    ratings = pd.DataFrame(rows, columns=["unit", "rater", "value"])
    found = reliability(ratings.assign(dialogue=ratings["unit"], system="s"))
    assert found.value == pytest.approx(0.443, abs=0.001)
    none = reliability(ratings.assign(dialogue=ratings["unit"], system="s").iloc[::4])
    assert none.missing == "no unit was rated by two raters"
    assert ceiling(none).missing == none.missing


def test_means_without_signal_have_no_ceiling() -> None:
    rng = np.random.default_rng(4)
    ratings = pd.DataFrame(
        {"unit": np.repeat(range(200), 3), "rater": range(600), "value": rng.normal(size=600)}
    )
    found = reliability(ratings.assign(dialogue=ratings["unit"], system="s"))
    assert found.low is not None
    assert found.low < 0.1
