"""Dawid and Skene: a second implementation, planted raters, and what must not change anything."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backend.statistics.bootstrap import Clusters, Resampling
from backend.statistics.estimate import Estimate
from backend.statistics.latent import DawidSkene, dawid_skene, dawid_skene_accuracy

FEW = Resampling(resamples=20)

Table = dict[tuple[str, str, str], float]


def frame_of(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["rater", "dialogue", "value"], dtype="str")


@st.composite
def judgments(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 40 judgments of 4 raters on 6 units in 3 categories, repeated ones among them."""
    one = st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz"), st.sampled_from("123"))
    return frame_of(draw(st.lists(one, min_size=1, max_size=40)))


def planted(
    confusion: np.ndarray, units: int = 400, seed: int = 0, share: float = 1.0
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Judgments by raters with these (raters, truth, said) matrices, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, confusion.shape[1], units)
    rows = [
        (f"r{rater}", f"d{unit:04}", str(rng.choice(confusion.shape[1], p=matrix[truth[unit]])))
        for rater, matrix in enumerate(confusion)
        for unit in range(units)
        if rng.random() < share
    ]
    return frame_of(rows), {f"d{unit:04}": str(code) for unit, code in enumerate(truth)}


def by_hand(frame: pd.DataFrame, smoothing: float, iterations: int) -> tuple[Table, Table, float]:
    """Dawid and Skene's EM in plain loops: posterior, confusion, log likelihood."""
    rows = list(frame.itertuples(index=False, name=None))
    categories = sorted({value for _, _, value in rows})
    units: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for rater, unit, value in rows:
        units[unit].append((rater, value))
    raters = {rater for rater, _, _ in rows}
    post = {
        unit: {c: sum(v == c for _, v in said) / len(said) for c in categories}
        for unit, said in units.items()
    }
    average = {t: dict.fromkeys(categories, 0.01) for t in categories}
    for _, unit, value in rows:
        for truth in categories:
            leading = [c for c in categories if post[unit][c] == max(post[unit].values())]
            average[truth][value] += (truth in leading) / len(leading)
    confusion: Table = {}
    likelihood = 0.0
    for _ in range(iterations):
        prior = {c: sum(post[unit][c] for unit in units) / len(units) for c in categories}
        for rater in raters:
            for truth in categories:
                whole = sum(average[truth].values())
                counts = {v: smoothing * n / whole for v, n in average[truth].items()}
                for unit, said in units.items():
                    for who, value in said:
                        if who == rater:
                            counts[value] += post[unit][truth]
                total = sum(counts.values())
                for value in categories:
                    share = counts[value] / total if total else 1 / len(categories)
                    confusion[rater, truth, value] = share
        likelihood = 0.0
        for unit, said in units.items():
            joint = {
                c: prior[c] * math.prod(confusion[who, c, value] for who, value in said)
                for c in categories
            }
            likelihood += math.log(sum(joint.values()))
            post[unit] = {c: joint[c] / sum(joint.values()) for c in categories}
    flat = {(unit, c, ""): p for unit, shares in post.items() for c, p in shares.items()}
    return flat, confusion, likelihood


def confusions(found: DawidSkene) -> Table:
    return {
        (str(rater), str(truth), str(said)): float(p)
        for rater, truth, said, p in found.confusion.itertuples(index=False, name=None)
    }


@settings(max_examples=80)
@given(frame=judgments(), smoothing=st.sampled_from([0.0, 0.01, 4.0]), iterations=st.integers(1, 8))
def test_plain_loops_find_the_same(frame: pd.DataFrame, smoothing: float, iterations: int) -> None:
    found = dawid_skene(frame, smoothing=smoothing, max_iterations=iterations)
    posterior, confusion, likelihood = by_hand(frame, smoothing, found.iterations)

    assert found.log_likelihood == pytest.approx(likelihood, abs=1e-7)
    for (unit, category, _), value in posterior.items():
        assert found.posterior.loc[unit, category] == pytest.approx(value, abs=1e-7)
    if smoothing:  # without it, what a rater says of a truth that never was is anybody's guess
        assert confusions(found) == pytest.approx(confusion, abs=1e-7)


@given(frame=judgments(), smoothing=st.sampled_from([0.0, 0.01, 4.0]))
def test_no_iteration_lowers_the_likelihood(frame: pd.DataFrame, smoothing: float) -> None:
    found = dawid_skene(frame, smoothing=smoothing)

    assert np.diff(found.objective).min(initial=0) >= -1e-8
    assert found.iterations == len(found.objective)
    if not smoothing:
        assert found.objective[-1] == found.log_likelihood
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1, atol=1e-12)
    assert found.prior.sum() == pytest.approx(1)
    totals = found.confusion.groupby(["rater", "truth"])["probability"].sum()
    np.testing.assert_allclose(totals, 1, atol=1e-12)


@given(frame=judgments(), seed=st.integers(0, 99))
def test_the_order_of_judgments_changes_nothing(frame: pd.DataFrame, seed: int) -> None:
    found, other = dawid_skene(frame), dawid_skene(frame.sample(frac=1, random_state=seed))

    pd.testing.assert_frame_equal(found.posterior, other.posterior, check_exact=True)
    pd.testing.assert_frame_equal(found.confusion, other.confusion, check_exact=True)


@given(frame=judgments())
def test_the_names_of_raters_and_units_and_categories_change_nothing(frame: pd.DataFrame) -> None:
    turned: dict[str, Callable[[str], str]] = {
        "rater": lambda name: chr(ord("a") + ord("d") - ord(name)),
        "dialogue": lambda name: chr(ord("u") + ord("z") - ord(name)),
        "value": lambda name: chr(ord("1") + ord("3") - ord(name)),
    }
    other = dawid_skene(frame.assign(**{c: frame[c].map(by) for c, by in turned.items()}))
    found = dawid_skene(frame)
    # At a tie the sums' round-off could choose a side; only where it would is there nothing to ask.
    assume(found.converged and other.converged)

    back = other.posterior.rename(index=turned["dialogue"], columns=turned["value"])
    pd.testing.assert_frame_equal(
        found.posterior,
        back.loc[found.posterior.index][
            ["1", "2", "3"] if len(found.prior) == 3 else list(found.prior.index)
        ],
        atol=1e-6,
    )


def test_planted_confusion_matrices_are_recovered() -> None:
    matrices = np.array(
        [
            [[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]],
            [[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.2, 0.1, 0.7]],
            [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.05, 0.05, 0.9]],
            [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.1, 0.2, 0.7]],
        ]
    )
    frame, truth = planted(matrices, units=4000)
    found = dawid_skene(frame)

    assert found.converged
    shares = found.confusion["probability"].to_numpy().reshape(matrices.shape)
    np.testing.assert_allclose(shares, matrices, atol=0.05)
    np.testing.assert_allclose(found.prior, 1 / 3, atol=0.03)
    certain = found.posterior.max(axis=1)
    right = found.posterior.idxmax(axis=1) == pd.Series(truth)
    assert certain.mean() == pytest.approx(right.mean(), abs=0.02)  # as sure as it is right


def test_a_rater_who_is_always_wrong_is_read_backwards() -> None:
    good = [[0.75, 0.25], [0.25, 0.75]]
    liar = [[0.0, 1.0], [1.0, 0.0]]
    frame, truth = planted(np.array([good, good, good, liar]))
    found = confusions(dawid_skene(frame))

    assert found["r3", "0", "1"] > 0.95
    assert found["r3", "1", "0"] > 0.95
    model, majority = dawid_skene_accuracy(frame, truth, FEW)
    assert model.value is not None
    assert majority.value is not None
    assert model.value > 0.95
    assert majority.value < 0.75


def test_one_rater_is_believed() -> None:
    frame = frame_of([("a", "x", "h"), ("a", "y", "s"), ("a", "z", "s")])
    found = dawid_skene(frame)

    assert found.posterior.idxmax(axis=1).astype("str").tolist() == ["h", "s", "s"]
    assert 0.5 < found.prior["s"] < 0.8


def test_one_category_is_certain_at_once() -> None:
    found = dawid_skene(frame_of([("a", "x", "h"), ("b", "x", "h"), ("b", "y", "h")]))

    assert found.posterior.to_numpy().tolist() == [[1.0], [1.0]]
    assert (found.converged, found.log_likelihood) == (True, 0.0)


def test_even_evidence_stays_a_tie_and_counts_as_chance() -> None:
    frame = frame_of([(r, unit, v) for unit in "xyz" for r, v in (("a", "h"), ("b", "s"))])

    assert (dawid_skene(frame).posterior.to_numpy() == 0.5).all()
    for found in dawid_skene_accuracy(frame, {"x": "h", "y": "s", "z": "other"}, FEW):
        assert found.value == pytest.approx(1 / 3)


def test_blanks_are_no_judgments_and_nothing_at_all_is_refused() -> None:
    frame = frame_of([("a", "x", "h")])
    blank = pd.DataFrame({"rater": ["a"], "dialogue": ["y"], "value": [None]})
    assert list(dawid_skene(pd.concat([frame, blank])).posterior.index) == ["x"]
    with pytest.raises(ValueError, match="no judgments among 1 rows"):
        dawid_skene(blank)
    with pytest.raises(ValueError, match="value not among"):
        dawid_skene(frame.drop(columns="value"))
    with pytest.raises(ValueError, match="below 0"):
        dawid_skene(frame, smoothing=-1)


def noisy(units: int = 60, raters: int = 12, seed: int = 3) -> tuple[pd.DataFrame, dict[str, str]]:
    skill = np.random.default_rng(seed).uniform(0.5, 0.95, raters)
    matrices = np.array([[[p, 1 - p], [1 - p, p]] for p in skill])
    return planted(matrices, units, seed, share=0.5)


def right_by_hand(frame: pd.DataFrame, truth: dict[str, str]) -> float:
    credit = []
    for unit, values in frame.groupby("dialogue")["value"]:
        votes = Counter(values).most_common()
        best = [value for value, times in votes if times == votes[0][1]]
        credit.append((truth[str(unit)] in best) / len(best))
    return float(np.mean(credit))


def test_accuracies_have_their_n_an_interval_and_how_few_refits_made_it() -> None:
    frame, truth = noisy()
    model, majority = dawid_skene_accuracy(frame, truth, Resampling(resamples=1000))

    assert majority.value == pytest.approx(right_by_hand(frame, truth))
    verdicts = dawid_skene(frame).posterior.idxmax(axis=1)
    assert model.value == pytest.approx(float((verdicts == pd.Series(truth)).mean()))
    for found in (model, majority):
        assert (found.n, found.dialogues, found.raters) == (60, 60, 12)
        assert "50 refits" in found.estimator
        assert re.search("two-way.*50 resamples, seed 0", found.interval or "")
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert 0 <= found.low < found.value < found.high <= 1


def test_resampled_units_vary_as_a_binomial_share() -> None:
    frame, truth = noisy(units=300)
    _, majority = dawid_skene_accuracy(frame, truth, Resampling("dialogues", 50))

    assert majority.value is not None
    p = majority.value
    assert majority.se == pytest.approx(math.sqrt(p * (1 - p) / 300), rel=0.35)


@pytest.mark.parametrize("clusters", ["raters", "dialogues"])
def test_a_weight_is_as_good_as_copies(clusters: Clusters) -> None:
    from backend.statistics import latent

    frame, _ = noisy(units=20, raters=6)
    column = {"raters": "rater", "dialogues": "dialogue"}[clusters]
    judged = latent._judged(frame)
    names = judged.raters if clusters == "raters" else judged.units
    times = np.arange(len(names)) % 3
    copies = [
        frame[frame[column] == name].assign(**{column: f"{name}/{copy}"})
        for name, count in zip(names, times, strict=True)
        for copy in range(count)
    ]
    copied = latent._fit(latent._judged(pd.concat(copies)))
    weights = times.astype(float)
    if clusters == "raters":
        weighted = latent._fit(judged, rater_weights=weights)
    else:
        weighted = latent._fit(judged, unit_weights=weights)

    assert weighted.log_likelihood == pytest.approx(copied.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(weighted.prior, copied.prior, atol=1e-6)


@pytest.mark.parametrize(
    ("rows", "why"), [([], "no judgments"), ([("a", "x", "h")], "of 1 judged units none has")]
)
def test_without_units_of_known_truth_both_are_missing(
    rows: list[tuple[str, str, str]], why: str
) -> None:
    for found in dawid_skene_accuracy(frame_of(rows), {"y": "h"}):
        assert (found.value, found.n) == (None, 0)
        assert found.missing is not None
        assert why in found.missing


def test_where_there_is_no_spread_there_is_no_interval() -> None:
    def why(found: list[Estimate]) -> str:
        assert found[0].interval is None
        return found[0].interval_missing or ""

    frame, truth = noisy(units=20)
    one = frame[frame["rater"] == "r0"]
    assert "one rater" in why(dawid_skene_accuracy(one, truth, FEW))
    assert "nested" in why(dawid_skene_accuracy(frame, truth, Resampling("nested", 20)))
    sure = frame.assign(value=frame["dialogue"].map(truth))
    assert "at 1" in why(dawid_skene_accuracy(sure, truth, FEW))


def test_the_same_seed_gives_the_same_interval() -> None:
    frame, truth = noisy(units=20)
    shuffled = frame.sample(frac=1, random_state=1)

    assert dawid_skene_accuracy(frame, truth, FEW) == dawid_skene_accuracy(shuffled, truth, FEW)
