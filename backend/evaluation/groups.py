"""Groups of dialogues that are evaluated: simulated now, or taken from a pool."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from backend.conversations.simulation import DialoguePlan, made
from backend.conversations.talk import Broken
from backend.dialogue import Dialogue, Origin, Role, Turn
from backend.filters import FilterError, read_filter
from backend.pool import DialogueFilter, Pool
from backend.simulators import Simulator, SimulatorError, simulator


@dataclass(frozen=True)
class Group:
    """Dialogues under one name, and those that broke off.

    `recommender` gives rankings for recall; None where it can't be set up. `knows_broken` says
    whether dialogues that broke off are among `found`.
    """

    name: str
    found: Sequence[Dialogue | Broken]
    recommender: Simulator | None
    knows_broken: bool = True

    @property
    def dialogues(self) -> list[Dialogue]:
        """Those that came to their end."""
        return [one for one in self.found if isinstance(one, Dialogue)]


def simulate(name: str, planned: Sequence[DialoguePlan]) -> Group:
    """The dialogues of a pair SEEKER+RECOMMENDER. Raises SimulatorError."""
    one, _, other = name.partition("+")
    seeker, recommender = simulator(one, Role.SEEKER), simulator(other, Role.RECOMMENDER)
    return Group(name, list(made(seeker, recommender, planned)), recommender)


def filters(pool: Pool, pairs: Sequence[str], groups: Sequence[str]) -> dict[str, DialogueFilter]:
    """Which dialogues each group takes; all simulated pairs of the pool if none is named.

    `pairs` are SEEKER+RECOMMENDER by names of systems, `groups` NAME:FILTER. Raises FilterError.
    """
    wanted = {pair: _of_pair(*pair.split("+", 1)) for pair in pairs if "+" in pair}
    if wrong := [pair for pair in pairs if "+" not in pair]:
        raise FilterError(f"a pair is SEEKER+RECOMMENDER; got {wrong[0]!r}")
    for group in groups:
        name, sign, text = group.partition(":")
        if not sign:
            raise FilterError(f"a group is NAME:FILTER; got {group!r}")
        wanted[name] = read_filter(text)
    if wanted:
        return wanted
    simulated = DialogueFilter(
        seeker_origin=(Origin.SIMULATED,), recommender_origin=(Origin.SIMULATED,)
    )
    names = pool.frame(simulated)[["seeker_system", "recommender_system"]].drop_duplicates()
    found = sorted((str(one), str(other)) for one, other in names.itertuples(index=False))
    if not found:
        raise FilterError(f"no simulated dialogue in {pool.database.path}")
    return {f"{one}+{other}": _of_pair(one, other) for one, other in found}


def stored(pool: Pool, name: str, which: DialogueFilter, n: int) -> Group:
    """Up to `n` dialogues of the pool, by order of their ids. Raises FilterError for none.

    Dialogues that broke off are known of a pair of systems, whose failures the pool keeps.
    """
    ids = list(pool.frame(which)["id"])[:n]
    if not ids:
        raise FilterError(f"no dialogue of {name} in {pool.database.path}")
    dialogues = list(pool.get_many(ids).values())
    pair = (*(which.seeker_system or ()), *(which.recommender_system or ()))
    broken = _broken(pool, pair) if len(pair) == 2 else []
    return Group(name, [*dialogues, *broken], _recommender(dialogues[0]), len(pair) == 2)


def _of_pair(seeker: str, recommender: str) -> DialogueFilter:
    return DialogueFilter(seeker_system=(seeker,), recommender_system=(recommender,))


def _broken(pool: Pool, pair: tuple[str, ...]) -> list[Broken]:
    """Dialogues of two systems that broke off and were not made since."""
    failures = pool.failures()
    own = failures[failures["source_id"].str.startswith("+".join(pair) + ":")]
    missing = pool.missing(list(own["dialogue"]))
    return [
        Broken(str(row["reason"]), tuple(map(Turn.model_validate, json.loads(row["turns"]))))
        for row in own.to_dict("records")
        if row["dialogue"] in missing
    ]


def _recommender(dialogue: Dialogue) -> Simulator | None:
    system = dialogue.recommender.system
    try:
        return simulator(system.name, Role.RECOMMENDER) if system else None
    except SimulatorError:
        return None
