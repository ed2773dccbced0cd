"""State of a seeker in a dialogue: wishes told, films offered, and which of them fit.

From the wish alone, never from a target. It bounds what a model may choose, so that what it does
agrees with its wish; within the bounds the model decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.dialogue import ActKind, Attribute, Role, Turn
from backend.simulators.script.seeker import SeekerScript

#: Share of the wishes a film has to meet to be taken, by strictness; without one, all.
ENOUGH = {"easy": 0.01, "fair": 0.5, "strict": 1.0}

#: Films offered in vain, and own turns, after which a seeker may leave without one.
PATIENCE, STAYS = 6, 9

#: How often a seeker has seen a film it is offered, and how often it asks about one, at most.
SEEN, ASKED = 2, 2


@dataclass(frozen=True)
class Standing:
    """What bounds the next action.

    `heard` are slots of films the other side named, `fitting` those that meet the wish and
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
        last = turns[-1] if turns and turns[-1].role is Role.RECOMMENDER else None
        named = {m.item for m in last.mentions} if last else set()
        slots = {slot: id_ for slot, id_ in script.slots.items() if slot[1:].isdigit()}
        fresh = [slot for slot, id_ in slots.items() if id_ in named]
        settled = {
            item
            for act in acts
            if act.kind in {ActKind.ACCEPT, ActKind.SEEN, ActKind.REJECT}
            for item in act.items
        }
        asked = {item for act in acts if act.kind is ActKind.INQUIRE for item in act.items}
        criticised = {i for act in acts if act.kind is ActKind.CRITIQUE for i in act.items}
        open_ = {slot: id_ for slot, id_ in slots.items() if id_ not in settled}
        enough = ENOUGH.get(strictness or "strict", 1.0)
        fits = {slot: script.meets(id_) >= enough for slot, id_ in open_.items()}
        told = {a for act in acts if act.kind is not ActKind.REJECT for a in act.attributes}
        seen = sum(act.kind is ActKind.SEEN for act in acts)
        taken = any(act.kind is ActKind.ACCEPT for act in acts)
        offered = len({m.item for t in turns if t.role is Role.RECOMMENDER for m in t.mentions})
        may_leave = taken or offered >= PATIENCE or len(mine) >= STAYS
        return cls(
            heard=tuple(slots),
            fitting=tuple(slot for slot, fit in fits.items() if fit),
            unfitting=tuple(slot for slot, fit in fits.items() if not fit),
            unjudged=tuple(
                slot for slot, fit in fits.items() if not fit and slots[slot] not in criticised
            ),
            seeable=tuple(open_) if seen < SEEN else (),
            askable=tuple(slot for slot, id_ in slots.items() if id_ not in asked)
            if len(asked) < ASKED
            else (),
            is_fresh=any(slot in fresh and fit for slot, fit in fits.items()),
            unsaid=tuple(a for a in script.brief.attributes if a not in told),
            own=len(mine),
            barred=frozenset() if may_leave else frozenset({ActKind.BYE}),
        )
