"""State of a seeker in a dialogue: wishes stated, films offered, and which of them fit.

It is made of the wish alone, never of a target. It bounds what a model may choose, so that what the
seeker does agrees with its wish; within the bounds the model decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.simulators.interplay.script import SeekerScript
from backend.simulators.people import REFUSING

#: Share of the wishes a film has to meet to be taken, by strictness; without one, all.
ENOUGH = {"easy": 0.01, "fair": 0.5, "strict": 1.0}

#: Films offered in vain, and own turns, after which a seeker may leave without one.
PATIENCE, MAX_STAY_TURNS = 7, 10

#: How often a seeker has seen a film it is offered, and how often it asks about one, at most, if
#: it is like nobody in particular.
MAX_SEEN, MAX_ASKED = 2, 2


@dataclass(frozen=True)
class Standing:
    """What bounds the next action, as ids of films.

    `heard` are the films the other side named last, `fitting` those that meet the wish and
    `unfitting` those that don't, `unjudged` those of the latter that nothing was said against;
    `seeable` and `askable` those it may have seen or ask about. `is_fresh` says that fitting ones
    were named just now, `answered` are fitting ones that its last turn asked about. `unsaid` are
    wishes not told yet, `own` how many turns the seeker had, `refused`, `accepted` and `seen` in
    how many of them it turned a film down, took one, or had seen one; `asked` counts films.
    `is_missed` says that films miss the wish and that it was not told again since.
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
    answered: tuple[str, ...]
    refused: int
    accepted: int
    seen: int
    asked: int
    is_missed: bool
    may_leave: bool

    @classmethod
    def of(
        cls, script: SeekerScript, turns: Sequence[Turn], strictness: str | None = None
    ) -> "Standing":
        """Read it from the turns and the script that has read them."""
        mine = [turn for turn in turns if turn.role is Role.SEEKER]
        acts = [act for turn in mine for act in turn.acts]
        heard = [i for i in script.heard_films if script.named.get(i) is Role.RECOMMENDER]
        fresh = {i for i in heard if i in script.last_films}
        settled = _items(acts, ActKind.ACCEPT, ActKind.SEEN, *REFUSING)
        asked = _items(acts, ActKind.INQUIRE)
        criticised = _items(acts, ActKind.CRITIQUE)
        last = mine[-1].acts if mine else ()
        just_asked = _items(last, ActKind.INQUIRE)
        most_asked = script.person.asks if script.person else MAX_ASKED
        most_seen = script.person.seen if script.person else MAX_SEEN
        open_ = [i for i in heard if i not in settled]
        enough = ENOUGH.get(strictness or "strict", 1.0)
        fitting = tuple(i for i in open_ if script.meets(i) >= enough)
        unfitting = tuple(i for i in open_ if i not in fitting)
        told = {a for act in acts if act.kind is not ActKind.REJECT for a in act.attributes}
        taken = any(act.kind is ActKind.ACCEPT for act in acts)
        offered = sum(role is Role.RECOMMENDER for role in script.named.values())
        stays = script.person.turns if script.person else 0
        has_enough = taken and len(mine) + 1 >= min(stays, MAX_STAY_TURNS)
        may_leave = has_enough or offered >= PATIENCE or len(mine) >= MAX_STAY_TURNS
        seen = sum(act.kind is ActKind.SEEN for act in acts)
        return cls(
            heard=tuple(heard),
            fitting=fitting,
            unfitting=unfitting,
            unjudged=tuple(i for i in unfitting if i not in criticised),
            # Who asked about a film has not seen it.
            seeable=tuple(i for i in open_ if i not in asked) if seen < most_seen else (),
            askable=tuple(i for i in heard if i not in asked) if len(asked) < most_asked else (),
            is_fresh=any(i in fresh for i in fitting),
            has_taken=taken,
            unsaid=tuple(a for a in script.brief.attributes if a not in told),
            own=len(mine),
            answered=tuple(i for i in fitting if i in just_asked),
            refused=sum(any(act.kind in REFUSING for act in turn.acts) for turn in mine),
            accepted=sum(turn.does(ActKind.ACCEPT) for turn in mine),
            seen=seen,
            asked=len(asked),
            is_missed=bool(unfitting and not taken and not any(act.attributes for act in last)),
            may_leave=may_leave,
        )


def _items(acts: Sequence[Act], *kinds: ActKind) -> set[str]:
    return {item for act in acts if act.kind in kinds for item in act.items}
