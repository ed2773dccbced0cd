"""Words and formatting habits that distinguish simulated from real speakers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from backend.realism.discriminator import FORMAT, format_of
from backend.realism.sides import Said

#: Features told, of either side, and examples of each.
TOLD, EXAMPLES = 12, 3

_TOKEN = re.compile(r"[\w']+|[?!]")


@dataclass(frozen=True)
class Giveaway:
    """A feature and which side it speaks for: weight above 0 for simulated, below for real.

    `real` and `simulated` are the shares of dialogues with a word, or the mean of a habit's
    measure. `examples` are dialogues of the side it speaks for, with the turn (counted among that
    speaker's) where there is one.
    """

    feature: str
    weight: float
    real: float
    simulated: float
    examples: tuple[tuple[str, int | None], ...]


def giveaways(real: Sequence[Said], simulated: Sequence[Said]) -> list[Giveaway]:
    """The features by which a linear classifier tells the sides apart, strongest first."""
    both = [*real, *simulated]
    truth = np.array([one.simulated for one in both])
    counter = CountVectorizer(
        binary=True, ngram_range=(1, 2), min_df=3, token_pattern=_TOKEN.pattern
    )
    words = counter.fit_transform([one.text for one in both]).toarray().astype(float)
    names = counter.get_feature_names_out()
    habits = np.array([format_of(one.turns) for one in both])
    seen = np.hstack([words, habits])
    scaled = StandardScaler().fit_transform(seen)
    model = LogisticRegression(C=0.003, class_weight="balanced", max_iter=2000).fit(scaled, truth)
    weights = model.coef_[0]
    order = np.argsort(-np.abs(weights), kind="stable")
    chosen = [
        *[i for i in order if weights[i] > 0][:TOLD],
        *[i for i in order if weights[i] < 0][:TOLD],
    ]
    return [
        Giveaway(
            feature=f"“{names[i]}”" if i < len(names) else FORMAT[i - len(names)],
            weight=float(weights[i]),
            real=float(seen[~truth, i].mean()),
            simulated=float(seen[truth, i].mean()),
            examples=_examples(
                both,
                seen[:, i],
                truth == (weights[i] > 0),
                str(names[i]) if i < len(names) else None,
            ),
        )
        for i in chosen
    ]


def _examples(
    both: Sequence[Said], values: np.ndarray, side: np.ndarray, word: str | None
) -> tuple[tuple[str, int | None], ...]:
    order = [i for i in np.argsort(-values, kind="stable") if side[i]][:EXAMPLES]
    found = []
    for i in order:
        turn = None
        if word is not None:
            if not values[i]:
                continue
            plain = [" ".join(_plain(t)) for t in both[i].turns]
            turn = next((at for at, text in enumerate(plain) if f" {word} " in f" {text} "), None)
        found.append((both[i].dialogue, turn))
    return tuple(found)


def _plain(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())
