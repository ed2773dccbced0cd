"""Diversity of turns by embeddings: mean distance, and the Vendi score.

Vendi score: Friedman and Dieng 2023, the exponential of the entropy of the eigenvalues of K/n, K
the cosine kernel: 1 of copies, n of n texts that have nothing to do with one another. Sees what
the encoder sees; it grows with n, so compare sets of one size.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from backend.dialogue import Dialogue, Role, Score
from backend.metrics.base import Encoded, Missing, Value, by_role, said
from backend.metrics.encoder import Floats


class Vendi(Encoded):
    """By role: `vendi` per turn (score over number of turns) and mean `embedding distance`."""

    name: ClassVar[str] = "vendi"
    about: ClassVar[str] = "how many kinds of turns there are, by meaning"

    @override
    def score(self, dialogues: Sequence[Dialogue]) -> Iterator[Score]:
        texts = [(d, role, said(d, role)) for d in dialogues for role in Role]
        vectors = self.tools.encode().sentences([text for _, _, own in texts for text in own])
        at = 0
        found: dict[str, dict[Role, dict[str, Value]]] = {}
        for dialogue, role, own in texts:
            found.setdefault(dialogue.id, {})[role] = _of(vectors[at : at + len(own)])
            at += len(own)
        for dialogue in dialogues:
            for name, value in by_role(found[dialogue.id]).items():
                yield self.found(dialogue, name, value)


def _of(vectors: Floats) -> dict[str, Value]:
    if len(vectors) < 2:
        few = Missing("fewer than two turns of this role")
        return {"vendi a turn": few, "embedding distance": few}
    return {
        "vendi a turn": vendi(vectors) / len(vectors),
        "embedding distance": distance(vectors),
    }


def vendi(vectors: Floats) -> float:
    """Vendi score of unit vectors, shape (texts, dimensions). Raises ValueError of none.

    >>> round(vendi(np.eye(3, dtype=np.float32)), 6)
    3.0
    """
    if not len(vectors):
        raise ValueError("the Vendi score needs at least one text")
    # The smaller of K and its dual has the same eigenvalues but zeros.
    v = np.asarray(vectors, dtype=np.float64)
    kernel = v @ v.T if len(v) <= v.shape[1] else v.T @ v
    shares = np.linalg.eigvalsh(kernel / len(v))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def distance(vectors: Floats) -> float:
    """Mean cosine distance of pairs of different unit vectors, in [0, 2].

    >>> distance(np.eye(2, dtype=np.float32))
    1.0
    """
    n = len(vectors)
    total = np.asarray(vectors, dtype=np.float64).sum(axis=0)
    own = float((np.asarray(vectors, dtype=np.float64) ** 2).sum())
    return float(1 - (total @ total - own) / (n * (n - 1)))
