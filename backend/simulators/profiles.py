"""Session variables that describe the speaker, set by hand or sampled (`people.py`)."""

from collections.abc import Mapping

from backend.catalogue import Catalogue
from backend.dialogue import Role
from backend.language.style import LEVELS, OF_STYLE
from backend.simulators import SimulatorError

#: The genre that most films somebody names or takes have.
LEANING = "leaning"

#: What is drawn: how somebody says things. What they want and accept is the brief's business.
DRAWN = ("mood", "verbosity", "formality")


def variables_of(role: Role, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """The session variables of a role, with their values; those with an order, from low to high."""
    if role is Role.RECOMMENDER:
        return {name: LEVELS[name] for name in OF_STYLE}
    return {**LEVELS, LEANING: tuple(sorted(catalogue.values["genre"]))}


def checked(controls: Mapping[str, str], role: Role, catalogue: Catalogue) -> dict[str, str]:
    """The session variables, if there are such for this role. Raises SimulatorError."""
    known = variables_of(role, catalogue)
    for name, value in controls.items():
        if name not in known:
            raise SimulatorError(
                f"no session variable {name!r} of a {role.value}; there are {', '.join(known)}"
            )
        if value not in known[name]:
            raise SimulatorError(f"{name} is one of {', '.join(known[name])}; got {value!r}")
    return dict(controls)
