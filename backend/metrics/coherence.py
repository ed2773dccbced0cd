"""Coherence: how well turns fit their context, by a classifier of true next turns."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from backend.dialogue import Dialogue, Role, Score
from backend.language.coherence import Coherence as Judge
from backend.language.coherence import CoherenceUnavailable
from backend.metrics.base import Batched, Missing, Value


class CoherenceMetric(Batched):
    """Probability of a true next turn, per turn and as the mean of a dialogue and of a role.

    The first turn has no context and no value.
    """

    name: ClassVar[str] = "coherence"
    about: ClassVar[str] = "whether turns make sense after their context, by a trained classifier"

    @override
    def score(self, dialogues: Sequence[Dialogue]) -> Iterator[Score]:
        try:
            judge = Judge.load()
        except CoherenceUnavailable as error:
            for dialogue in dialogues:
                yield self.found(dialogue, "coherence", Missing(error))
            return
        for dialogue in dialogues:
            values = judge.of_turns(dialogue.turns)
            yield self.found(dialogue, "coherence", _mean(list(values.values())))
            for role in Role:
                of = [p for at, p in values.items() if dialogue.turns[at].role is role]
                yield self.found(dialogue, f"coherence/{role.value}", _mean(of))
            for at, value in values.items():
                yield self.found(dialogue, "coherence", value, at)


def _mean(values: Sequence[float]) -> Value:
    return float(np.mean(values)) if values else Missing("no turn has a context")
