"""State of a seeker in a dialogue: wishes told, films offered, and which of them fit.

It is made of the wish alone, never of a target. It bounds what a model may choose, so that what the
seeker does agrees with its wish; within the bounds the model decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.simulators.interplay.script import SeekerScript

#: Share of the wishes a film has to meet to be taken, by strictness; without one, all.
ENOUGH = {"easy": 0.01, "fair": 0.5, "strict": 1.0}

#: Films offered in vain, and own turns, after which a seeker may leave without one.
PATIENCE, MAX_STAY_TURNS = 7, 10

#: How often a seeker has seen a film it is offered, and how often it asks about one, at most.
MAX_SEEN, MAX_ASKED = 2, 2


@dataclass(frozen=True)
class Standing:
    """What bounds the next action, as ids of films.

    `heard` are the films the other side named last, `fitting` those that meet the wish and
    `unfitting` those that don't, `unjudged` those of the latter that nothing was said against;
    `seeable` and `askable` those it may have seen or ask about. `is_fresh` says that fitting ones
    were named just now, `unsaid` which wishes were not told, `own` how many turns the seeker had.
    """

    heard: tuple[str, ...]
    fitting: tuple[str, ...]
    unfitting: tuple[str, ...]
    unjudged: tuple[str, ...]
    seeable: tuple[str, ...]
    askable: tuple[str, ...]
    is_fresh: bool
    has_taken: bool
    unsaid: tuple[Attribute, ...]
    own: int
    barred: frozenset[ActKind]

    @classmethod
    def of(
        cls, script: SeekerScript, turns: Sequence[Turn], strictness: str | None = None
    ) -> "Standing":
        """Read it from the turns and the script that has read them."""
        mine = [turn for turn in turns if turn.role is Role.SEEKER]
        acts = [act for turn in mine for act in turn.acts]
        heard = [i for i in script.heard_films if script.named.get(i) is Role.RECOMMENDER]
        fresh = {i for i in heard if i in script.last_films}
        settled = _items(acts, ActKind.ACCEPT, ActKind.SEEN, ActKind.REJECT)
        asked = _items(acts, ActKind.INQUIRE)
        criticised = _items(acts, ActKind.CRITIQUE)
        open_ = [i for i in heard if i not in settled]
        enough = ENOUGH.get(strictness or "strict", 1.0)
        fitting = tuple(i for i in open_ if script.meets(i) >= enough)
        unfitting = tuple(i for i in open_ if i not in fitting)
        told = {a for act in acts if act.kind is not ActKind.REJECT for a in act.attributes}
        taken = any(act.kind is ActKind.ACCEPT for act in acts)
        offered = sum(role is Role.RECOMMENDER for role in script.named.values())
        may_leave = taken or offered >= PATIENCE or len(mine) >= MAX_STAY_TURNS
        seen = sum(act.kind is ActKind.SEEN for act in acts)
        return cls(
            heard=tuple(heard),
            fitting=fitting,
            unfitting=unfitting,
            unjudged=tuple(i for i in unfitting if i not in criticised),
            seeable=tuple(open_) if seen < MAX_SEEN else (),
            askable=tuple(i for i in heard if i not in asked) if len(asked) < MAX_ASKED else (),
            is_fresh=any(i in fresh for i in fitting),
            has_taken=taken,
            unsaid=tuple(a for a in script.brief.attributes if a not in told),
            own=len(mine),
            barred=frozenset() if may_leave else frozenset({ActKind.BYE}),
        )


def _items(acts: Sequence[Act], *kinds: ActKind) -> set[str]:
    return {item for act in acts if act.kind in kinds for item in act.items}
