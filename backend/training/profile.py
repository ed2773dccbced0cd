"""Cut points between the levels of session variables, from the measured distribution.

Each variable is a number first (`backend/language/style.py`) and one of a few values then, by
cut points that split the training dialogues of people into thirds, so that values are equally
frequent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.dialogue import Role
from backend.language.style import LEVELS, OF_STYLE, Measures


@dataclass(frozen=True)
class Cuts:
    """Where one level ends and the next begins, by role and variable."""

    at: Mapping[str, Mapping[str, tuple[float, float]]]

    @classmethod
    def of(cls, measured: Mapping[Role, Sequence[Measures]]) -> "Cuts":
        """Thirds of what was measured."""
        at: dict[str, dict[str, tuple[float, float]]] = {}
        for role, people in measured.items():
            for name in LEVELS:
                found = sorted(v for m in people if (v := getattr(m, name)) is not None)
                if found:
                    third = len(found) / 3
                    low, high = found[int(third)], found[int(2 * third)]
                    at.setdefault(role.value, {})[name] = (low, high)
        return cls(at)

    def level(self, role: Role, name: str, value: float | None) -> str | None:
        """The value of a variable by its measure; None where it could not be measured."""
        cuts = self.at.get(role.value, {}).get(name)
        if value is None or cuts is None:
            return None
        low, middle, high = LEVELS[name]
        return low if value < cuts[0] else high if value >= cuts[1] else middle

    def levels(self, role: Role, measures: Measures | None) -> dict[str, str]:
        """All variables of this speaker that could be measured."""
        names = LEVELS if role is Role.SEEKER else OF_STYLE
        if measures is None:
            return {}
        found = {name: self.level(role, name, getattr(measures, name)) for name in names}
        return {name: level for name, level in found.items() if level}
