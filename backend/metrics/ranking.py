"""Ranking: the positions of the hidden targets in the sequence of recommended films.

A dialogue's recommendations are its ranking; simulators that can rank the whole catalogue at every
turn are measured on that by `evaluate-simulators`.
"""

from typing import ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue
from backend.metrics.base import Metric, Missing, Value
from backend.metrics.outcome import recommended
from backend.metrics.recall import recall

#: The k of Recall@k.
CUTOFFS = (1, 5, 10)


class Ranking(Metric):
    """`recall@k` and `mrr` (reciprocal rank of the first target; 0 if none was recommended)."""

    name: ClassVar[str] = "ranking"
    about: ClassVar[str] = "hidden targets among what was recommended"
    films_only: ClassVar[bool] = True

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        targets = dialogue.scenario.targets if dialogue.scenario else ()
        ranked = list(dict.fromkeys(i for turn in dialogue.turns for i in recommended(turn)))
        why = None
        if not targets:
            why = Missing("no hidden target is known")
        elif not ranked:
            why = Missing("no turn recommends an item by its acts")
        names = [*(f"recall@{k}" for k in CUTOFFS), "mrr"]
        if why:
            return dict.fromkeys(names, why)
        values = [*(recall(ranked, targets, k) for k in CUTOFFS), mrr(ranked, targets)]
        return dict(zip(names, values, strict=True))


def mrr(ranked: list[str], targets: tuple[str, ...]) -> float:
    """Reciprocal rank of the first target.

    >>> mrr(["a", "b"], ("b", "c"))
    0.5
    """
    return next((1 / at for at, item in enumerate(ranked, 1) if item in targets), 0.0)
