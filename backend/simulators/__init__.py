"""Simulators: who plays a role, one idea a file, behind one interface.

What an agent may see is a type: a seeker is handed a `SeekerView` (its brief and the turns so
far), a recommender a `RecommenderView` (the turns alone). Hidden targets are in neither.
To add a simulator, write one file and add one line to `SIMULATORS`.
"""

import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from backend.dialogue import Brief, Fact, Role, System, Turn

#: Simulator name -> (role, factory), resolved on first use: a model is loaded when asked for.
SIMULATORS: dict[str, tuple[Role, str]] = {
    "agenda": (Role.SEEKER, "backend.simulators.agenda:AgendaSeeker"),
    "critiquing": (Role.RECOMMENDER, "backend.simulators.critiquing:CritiquingRecommender"),
}


class SimulatorError(Exception):
    """No such simulator, or it can't be set up or can't answer; the message says which."""


class SeekerView(Fact):
    """All that a reference-free seeker may see."""

    brief: Brief
    turns: tuple[Turn, ...]


class RecommenderView(Fact):
    """All that a recommender may see."""

    turns: tuple[Turn, ...]


class InformedView(Fact):
    """What a reference-dependent agent of either role sees: the wish and the hidden targets too.

    Only a simulator that says it is `informed` is handed one.
    """

    brief: Brief
    turns: tuple[Turn, ...]
    targets: tuple[str, ...]


class Simulator(Protocol):
    """Plays one role, one turn at a time. Keeps no state between calls.

    `respond` yields pieces of text as they are made and, last, the finished `Turn`, whose text is
    the pieces joined. All state is rebuilt from the view, so that a chat goes on after a restart;
    the same view and seed give the same turn. A turn with a `BYE` act closes the dialogue.
    """

    system: System

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        """The next turn of this role: pieces of its text, then the turn."""
        ...


def names(role: Role) -> list[str]:
    """Names of the simulators that can play `role`."""
    return sorted(name for name, (plays, _) in SIMULATORS.items() if plays is role)


def simulator(name: str, role: Role, **settings: Any) -> Simulator:
    """Set up the simulator of this name for this role. Raises SimulatorError."""
    if name not in names(role):
        raise SimulatorError(f"no {role.value} {name!r}; there are {', '.join(names(role))}")
    factory: Callable[..., Simulator] = pkgutil.resolve_name(SIMULATORS[name][1])
    return factory(**settings)
