"""Length: turns of the dialogue, and words of each role.

Not quality, but what every other metric has to beat: verbosity alone gives many simulators away,
and raters favour longer answers.
"""

from typing import ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue, Role
from backend.metrics.base import Metric, Missing, Value, by_role, said


class Length(Metric):
    """`turns`; and by role `words` (whitespace-separated) and `words a turn`."""

    name: ClassVar[str] = "length"
    about: ClassVar[str] = "turns and words: the bar for everything else"

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        return {
            "turns": float(len(dialogue.turns)),
            **by_role({role: _words(said(dialogue, role)) for role in Role}),
        }


def _words(texts: list[str]) -> dict[str, Value]:
    words = sum(len(text.split()) for text in texts)
    mean: Value = words / len(texts) if texts else Missing("no turn of this role")
    return {"words": float(words), "words a turn": mean}
