"""Simulators of seekers and recommenders, one file for each, behind one interface.

What an agent may see is a type: a seeker is handed a `SeekerView` (its brief and the turns so
far), a recommender a `RecommenderView` (the turns alone). Hidden targets are in neither.
To add a simulator, write one file and add one line to `SIMULATORS`. What is picked by name is a
system: a simulator with settings, listed in `systems.yaml` or a file of your own (`systems.py`).
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from backend.dialogue import Brief, Fact, Role, System, Turn
from backend.engines import Message
from backend.simulators import systems

#: Simulator name -> factory by role, resolved on first use: a model is loaded when asked for.
SIMULATORS: dict[Role, dict[str, str]] = {
    Role.SEEKER: {
        "agenda": "backend.simulators.agenda:AgendaSeeker",
        "arm": "backend.simulators.arms:ArmSeeker",
        "controlled": "backend.simulators.controlled:controlled_seeker",
        "interplay": "backend.simulators.interplay.seeker:InterplaySeeker",
        "two_model_with_target": "backend.simulators.with_target:SeekerWithTarget",
        "zero_shot": "backend.simulators.zero_shot:ZeroShotSeeker",
    },
    Role.RECOMMENDER: {
        "critiquing": "backend.simulators.critiquing:CritiquingRecommender",
        "interplay": "backend.simulators.interplay.recommender:InterplayRecommender",
        "modular": "backend.simulators.modular:ModularRecommender",
        "zero_shot": "backend.simulators.zero_shot:ZeroShotRecommender",
    },
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
    #: Whether it is handed an `InformedView`: only reference-dependent agents are.
    informed: bool

    @property
    def variables(self) -> Mapping[str, Sequence[str]]:
        """Session variables that the setting `controls` takes, with their values.

        What has any can also be told by `act` which act to perform.
        """
        ...

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        """The next turn of this role: pieces of its text, then the turn."""
        ...


@runtime_checkable
class ShowsPrompt(Protocol):
    """A simulator whose model's input can be shown."""

    def reads(self, view: Any, *, seed: int) -> Sequence[Message]:
        """The messages that the model reads before it commits to its next turn."""
        ...


def names(role: Role) -> list[str]:
    """Names of the systems that can play `role`. Raises SimulatorError if a file can't be read."""
    return sorted(_systems(role))


def about(name: str, role: Role) -> str:
    """What a system is, in a line. Raises SimulatorError."""
    return _entry(name, role).about


def simulator(name: str, role: Role, **settings: Any) -> Simulator:
    """Set up the system of this name for this role, with further `settings` on top of its own.

    Raises SimulatorError.
    """
    entry = _entry(name, role)
    if entry.simulator not in SIMULATORS[role]:
        raise SimulatorError(
            f"the {role.value} {name!r} is to be a {entry.simulator!r}, and there is no such "
            f"simulator; there are {', '.join(sorted(SIMULATORS[role]))}"
        )
    factory: Callable[..., Simulator] = pkgutil.resolve_name(SIMULATORS[role][entry.simulator])
    try:
        made = factory(**{**entry.settings, **settings})
    except TypeError as error:
        raise SimulatorError(f"the {role.value} {name!r} can't be set up: {error}") from error
    if name != entry.simulator:
        called = ", ".join(f"{key}={value}" for key, value in sorted(settings.items()))
        full = f"{name}({called})" if called else name
        made.system = made.system.model_copy(update={"name": full})
    return made


def _systems(role: Role) -> dict[str, systems.SystemEntry]:
    plain = {name: systems.SystemEntry(simulator=name) for name in SIMULATORS[role]}
    try:
        return plain | systems.entries(role)
    except systems.SystemsError as error:
        raise SimulatorError(str(error)) from error


def _entry(name: str, role: Role) -> systems.SystemEntry:
    known = _systems(role)
    if name not in known:
        raise SimulatorError(f"no {role.value} {name!r}; there are {', '.join(sorted(known))}")
    return known[name]
