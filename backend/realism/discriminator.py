"""A trained discriminator: how well can a classifier tell simulated speakers from real ones?

Area under the ROC curve of scores for dialogues that training did not see, in folds that keep one
person's dialogues together; 0.5 is indistinguishable. Always beside it: a control that sees length
and format alone, one that sees a bag of words, and the floor, the same classifier set on two halves
of the real dialogues. Logistic regressions (scikit-learn); source of the idea: RecLLM (Friedman et
al., arXiv 2305.07961), and the classifier two-sample tests of Lopez-Paz and Oquab 2017.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from backend.dialogue import ActKind
from backend.metrics.encoder import Encoder
from backend.realism.matched import matched
from backend.realism.sides import Said
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import RESAMPLES, bootstrap_over, missing, with_percentiles

Floats: TypeAlias = NDArray[np.float64]

FOLDS = 5
#: How an area is made.
ESTIMATOR = f"AUC, {FOLDS}-fold cross-validation"
#: Random halvings of the real side whose mean is the floor.
HALVINGS = 3

DISCRIMINATOR = "discriminator"
LENGTH = "length and format only"
WORDS = "bag of words"
FLOOR = "real against real"
OTHER_PEOPLE = "real against other people"
#: Ending of the names of areas of dialogues matched by length.
MATCHED = ", matched length"


def discrimination(
    real: Sequence[Said],
    simulated: Sequence[Said],
    encoder: Encoder,
    *,
    others: Sequence[Said] = (),
    seed: int,
    tell: Callable[[str], object] = lambda step: None,
) -> dict[str, Estimate]:
    """AUC of the discriminator, of both controls, of the floor and of other people, with intervals.

    `others` are people of other sources: an area that the simulated side does not exceed is that of
    any two groups of people. Without them the row is missing. The discriminator and other people
    have a second row each, of dialogues matched by length.
    """
    tell("sentence vectors")
    both = [*real, *simulated, *others]
    vectors = {one.dialogue: encoder.sentences(one.turns).mean(axis=0) for one in both}
    tell("discriminator")
    both = [*real, *simulated]
    truth = np.array([one.simulated for one in both])
    found = {
        DISCRIMINATOR: auc(both, truth, lambda: full(vectors), seed),
        WORDS: auc(both, truth, bag_of_words, seed),
        LENGTH: auc(both, truth, length_and_format, seed),
    }
    found |= _matched(DISCRIMINATOR, real, simulated, vectors, seed)
    tell("people against people")
    if others:
        found[OTHER_PEOPLE] = _between(real, others, vectors, seed)
        found |= _matched(OTHER_PEOPLE, real, others, vectors, seed)
    else:
        why = "the database holds no people of another corpus"
        found[OTHER_PEOPLE] = missing(why, "dialogues", estimator=ESTIMATOR)
    halves = []
    rng = np.random.default_rng(seed)
    groups = sorted({one.group for one in real})
    for _ in range(HALVINGS):
        first = set(rng.permutation(groups)[: len(groups) // 2])
        half = np.array([one.group in first for one in real])
        halves.append(auc(real, half, lambda: full(vectors), seed))
    known = [one for one in halves if one.value is not None]
    if known:
        value, low, high = (
            float(np.mean([getattr(one, name) for one in known]))
            for name in ("value", "low", "high")
        )
        interval = f"mean bounds of {len(known)} halvings, each {known[0].interval}"
        found[FLOOR] = known[0].measured(value, low, high, interval)
    else:
        found[FLOOR] = halves[0]
    return found


def _between(
    ours: Sequence[Said], theirs: Sequence[Said], vectors: dict[str, Any], seed: int
) -> Estimate:
    truth = np.arange(len(ours) + len(theirs)) >= len(ours)
    return auc([*ours, *theirs], truth, lambda: full(vectors), seed)


def _matched(
    name: str, ours: Sequence[Said], theirs: Sequence[Said], vectors: dict[str, Any], seed: int
) -> dict[str, Estimate]:
    mine, them = matched(ours, theirs)
    if not mine:
        why = "no two dialogues are of the same length"
        return {f"{name}{MATCHED}": missing(why, "dialogues", estimator=ESTIMATOR)}
    return {f"{name}{MATCHED}": _between(mine, them, vectors, seed)}


def auc(
    both: Sequence[Said], truth: NDArray[np.bool_], model: Callable[[], Any], seed: int
) -> Estimate:
    """Cross-validated AUC; the interval resamples groups of each side."""
    groups = np.array([one.group for one in both])
    few = min(len(set(groups[truth])), len(set(groups[~truth])))
    if few < FOLDS:
        why = f"a side has {few} people or sources"
        return missing(why, "dialogues", estimator=ESTIMATOR, n=len(both))
    scores = np.zeros(len(both))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(np.zeros(len(both)), truth, groups):
        fitted = model().fit([both[i] for i in train], truth[train])
        # Ranks within a fold: scores of different models do not compare.
        decided = fitted.decision_function([both[i] for i in test])
        scores[test] = rankdata(decided) / len(test)
    return with_percentiles(
        float(roc_auc_score(truth, scores)),
        _resampled(scores, truth, groups, seed),
        len(both),
        "dialogues",
        estimator=ESTIMATOR,
        interval=bootstrap_over("people or sources of each side", seed),
    )


def full(vectors: dict[str, Any]) -> Any:
    """Words, pairs of words, letters, meaning, length and format together."""
    return make_pipeline(
        make_union(
            make_pipeline(
                _Texts(), TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
            ),
            make_pipeline(
                _Texts(),
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True
                ),
            ),
            make_pipeline(_Vectors(vectors), StandardScaler()),
            make_pipeline(_Format(), StandardScaler()),
            _Acts(),
        ),
        LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000),
    )


def bag_of_words() -> Any:
    """Which words occur, and nothing else."""
    return make_pipeline(
        _Texts(),
        CountVectorizer(binary=True, min_df=2),
        LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000),
    )


def length_and_format() -> Any:
    """Turns, words, capitals and punctuation, and nothing that is said."""
    return make_pipeline(
        _Format(),
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        LogisticRegression(C=0.3, class_weight="balanced", max_iter=5000),
    )


def _resampled(scores: Floats, truth: NDArray[np.bool_], groups: Any, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    rows = {side: [] for side in (False, True)}  # type: dict[bool, list[Any]]
    for group in np.unique(groups):
        mine = np.flatnonzero(groups == group)
        rows[bool(truth[mine[0]])].append(mine)
    drawn = []
    for _ in range(RESAMPLES):
        picked = [
            np.concatenate([own[i] for i in rng.integers(0, len(own), len(own))])
            for own in rows.values()
        ]
        at = np.concatenate(picked)
        drawn.append(roc_auc_score(truth[at], scores[at]))
    return np.array(drawn)


class _Part(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A feature that needs no fitting."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Nothing to fit."""
        del X, y
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _Texts(_Part):
    def transform(self, X: Sequence[Said]) -> list[str]:
        return [one.text for one in X]


class _Vectors(_Part):
    def __init__(self, vectors: dict[str, Any]) -> None:
        self.vectors = vectors

    def transform(self, X: Sequence[Said]) -> Any:
        return np.array([self.vectors[one.dialogue] for one in X])


class _Format(_Part):
    def transform(self, X: Sequence[Said]) -> Floats:
        return np.array([format_of(one.turns) for one in X])


class _Acts(_Part):
    def transform(self, X: Sequence[Said]) -> Floats:

        kinds = [kind.value for kind in ActKind]
        return np.array(
            [
                [sum(kind in acts for acts in one.acts) / max(1, len(one.acts)) for kind in kinds]
                for one in X
            ]
        )


#: Names of what `format_of` measures.
FORMAT = (
    "turns",
    "words a turn",
    "spread of words a turn",
    "letters a word",
    "turns that begin with a capital",
    "turns that end with a full stop",
    "question marks a turn",
    "exclamation marks a turn",
    "commas a turn",
    "apostrophes a turn",
    "turns with a digit",
    "turns of one word",
)


def format_of(turns: Sequence[str]) -> list[float]:
    """Length and format of a speaker's turns, as in `FORMAT`."""
    n = len(turns)
    words = [len(turn.split()) for turn in turns]
    letters = sum(len(word) for turn in turns for word in turn.split())
    per_turn = [
        sum(turn[:1].isupper() for turn in turns),
        sum(turn.rstrip().endswith(".") for turn in turns),
        *(sum(turn.count(mark) for turn in turns) for mark in ("?", "!", ",", "'")),
        sum(any(c.isdigit() for c in turn) for turn in turns),
        sum(count == 1 for count in words),
    ]
    return [
        float(np.log1p(n)),
        float(np.mean(words)),
        float(np.std(words)),
        letters / max(1, sum(words)),
        *(count / n for count in per_turn),
    ]
