"""Leakage as a score: where a hidden target was given away, so that other metrics can be read
with and without the dialogues in which it was.

Leakage inflates success and recall of simulators that are told the target (Zhu et al. 2024, 'How
reliable is your simulator?', on iEvaLM).
"""

from typing import ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue
from backend.metrics.base import Metric, Missing, Value
from backend.metrics.leakage import leaks, singled_out

#: Where a target may be given away -> the name of the score.
PLACES = {
    "brief": "leak, brief",
    "films liked": "leak, films liked",
    "seeker's turn": "leak, seeker's turns",
}
ANY = "leak"


class Leaks(Metric):
    """`leak` (anywhere), and 0 or 1 for each place; `leak, singled out` by its attributes alone."""

    name: ClassVar[str] = "leakage"
    about: ClassVar[str] = "whether the hidden target was given away"
    films_only: ClassVar[bool] = True

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        names = [ANY, *PLACES.values(), "leak, singled out"]
        if dialogue.scenario is None or not dialogue.scenario.targets:
            return dict.fromkeys(names, Missing("no hidden target is known"))
        found = {leak.where for leak in leaks(dialogue, self.tools.catalogue)}
        values: dict[str, Value] = {ANY: float(bool(found))}
        for place, name in PLACES.items():
            values[name] = float(any(where.startswith(place) for where in found))
        values["leak, singled out"] = float(singled_out(dialogue, self.tools.catalogue))
        return values
