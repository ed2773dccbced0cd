"""Reference-dependent simulators: the hidden targets are known, as most of the literature has it.

`two_model_with_target`: a seeker that is told the targets, and a recommender of its own that is
not. `one_model_with_target`: one model that writes both sides, and knows all. They are what
Interplay (arXiv 2603.18573) compares itself to; the models are this project's own.
"""

from typing import Any

from backend.simulators.interplay.recommender import InterplayRecommender
from backend.simulators.interplay.seeker import InterplaySeeker

#: Of its targets a model names one outright.
_OUTRIGHT = 1


class TwoModelSeeker(InterplaySeeker):
    """The seeker's model, told the targets: it knows the film it waits for when it comes."""

    informed = True
    simulator = "two_model_with_target"


class OneModelSeeker(InterplaySeeker):
    """The seeker's side of one model that writes both, told the targets."""

    informed = True
    simulator = "one_model_with_target"
    checkpoint = "both"


class OneModelRecommender(InterplayRecommender):
    """The recommender's side of one model that writes both, told the wish and the targets."""

    informed = True
    simulator = "one_model_with_target"
    checkpoint = "both"

    def __init__(self, *, breadth: int = _OUTRIGHT, **settings: Any) -> None:
        super().__init__(breadth=breadth, **settings)
