"""Choice among several wordings of a turn, by the likelihood that people write each of them.

A logistic regression tells people's turns from turns that the model samples for the same action in
the same place. Its odds estimate how much likelier a person is to say a wording than the model is,
so that drawing wordings by these odds moves what is said from the model's distribution to people's
(sampling-importance-resampling: Rubin 1987). It is trained on the training part alone, by
`python -m backend train-choice` (`backend/training/adapters/choice.py`).
"""

import math
import random
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer

from backend.catalogue import Catalogue
from backend.dialogue import Turn
from backend.language.films import films_in

#: The file of weights beside an adapter.
WEIGHTS = "choice.npz"

#: Features of words and pairs of words, and of letters, each.
HASHED = 2**13

#: Measures of a text's form: see `_form`.
FORM = 13

#: Which features depend on the acts.
BY_ACT = np.repeat([False, True, False], [HASHED, HASHED, HASHED + FORM])

#: Log odds beyond which a wording is no more and no less likely to be taken.
MAX_LOG_ODDS = 4.0

_WORDS = HashingVectorizer(
    n_features=HASHED, ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]", alternate_sign=False
)
_LETTERS = HashingVectorizer(
    n_features=HASHED, analyzer="char_wb", ngram_range=(2, 4), alternate_sign=False, lowercase=False
)


class Chooser:
    """Draws one of several turns by how human they look. `weights` end with the intercept."""

    def __init__(self, weights: NDArray[np.float32]) -> None:
        self.weights = weights

    @classmethod
    def packaged(cls, folder: Path) -> "Chooser | None":
        """The chooser that goes with an adapter; None if it has none."""
        path = folder / WEIGHTS
        return cls(_read(path, path.stat().st_mtime_ns)) if path.is_file() else None

    def log_odds(self, texts: Sequence[str], acts: Sequence[str]) -> NDArray[np.float64]:
        """Log odds that a person wrote each of these texts, whose titles are masked."""
        scores = features(texts, acts) @ self.weights[:-1] + self.weights[-1]
        return np.clip(np.asarray(scores, dtype=np.float64), -MAX_LOG_ODDS, MAX_LOG_ODDS)

    def choose(
        self,
        turns: Sequence[Turn],
        before: Sequence[Turn],
        rng: random.Random,
        catalogue: Catalogue,
    ) -> Turn:
        """One of these turns, each with probability in proportion to its odds."""
        texts = [masked(turn, catalogue) for turn in turns]
        acts = [act_marks(turn) for turn in turns]
        odds = np.exp(self.log_odds(texts, acts))
        return rng.choices(list(turns), odds.tolist())[0]


def features(texts: Sequence[str], acts: Sequence[str]) -> Any:
    """Sparse features of texts (n x (3 HASHED + FORM)): words, words by act, letters, form."""
    joined = [
        " ".join(f"{act}_{word}" for word in text.split())
        for text, act in zip(texts, acts, strict=True)
    ]
    form = np.array([_form(text) for text in texts], dtype=np.float64)
    return hstack(
        [
            _WORDS.transform(texts),
            _WORDS.transform(joined),
            _LETTERS.transform(texts),
            csr_matrix(form),
        ]
    ).tocsr()


def masked(turn: Turn, catalogue: Catalogue) -> str:
    """The text with FILM for each title: which film is named says nothing of how it is worded."""
    text = turn.text
    for film in reversed(films_in(turn, catalogue)):
        text = f"{text[: film.start]}FILM{text[film.end :]}"
    return re.sub(r"FILM\s*\(\d{4}\)", "FILM", text)


def act_marks(turn: Turn) -> str:
    """The kinds of a turn's acts as one word."""
    return "+".join(act.kind.value for act in turn.acts) or "chat"


def _form(text: str) -> list[float]:
    """Length, capitals and punctuation."""
    words = text.split()
    return [
        math.log1p(len(words)),
        min(len(words), 30) / 10,
        float(len(words) == 1),
        float(text[:1].isupper()),
        float(text == text.lower()),
        float(text.rstrip()[-1:] == "."),
        float(text.rstrip()[-1:].isalnum()),
        float(text.count("?")),
        float(text.count("!")),
        float(text.count(",")),
        float(text.count("'")),
        float(text.count(".")),
        float("FILM" in text),
    ]


@lru_cache
def _read(path: Path, changed: int) -> NDArray[np.float32]:
    """The weights of a file; read again once it has changed."""
    with np.load(path, allow_pickle=False) as stored:
        return np.asarray(stored["weights"], dtype=np.float32)
