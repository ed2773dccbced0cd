"""What kind of person speaks: session variables set by hand, or drawn from the training people."""

import json
import random
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from backend.catalogue import Catalogue
from backend.dialogue import Role
from backend.language.style import LEVELS, OF_STYLE
from backend.simulators import SimulatorError

#: The genre that most films somebody names or takes have.
LEANING = "leaning"

FILE = "people.json"

#: How many films somebody names first: drawn with the manner, and no session variable.
FILMS = "films"

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


def drawn(folder: Path | None, seed: int) -> dict[str, str]:
    """The manner of one person of those a checkpoint lists; nothing if it lists none."""
    people = _people(folder) if folder else ()
    return dict(random.Random(f"{seed}/person").choice(people)) if people else {}


@lru_cache
def _people(folder: Path) -> tuple[dict[str, str], ...]:
    path = folder / FILE
    if not path.is_file():
        return ()
    return tuple(json.loads(path.read_text(encoding="utf-8")))
