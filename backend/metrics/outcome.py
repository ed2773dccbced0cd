"""Outcomes of a dialogue: films offered, the verdict on each, the film accepted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.catalogue import Catalogue
from backend.dialogue import ActKind, Dialogue, Role, Turn

#: Acts that decide about a film; seen, asked about or merely met with a remark is no decision.
_AGAINST = frozenset({ActKind.REJECT, ActKind.CRITIQUE})


@dataclass(frozen=True)
class Offer:
    """A film recommended, and what the seeker decided about it, then or later.

    `met` of `wishes` attributes of the brief are met. What is refused or criticised without being
    named is what was offered in the turn before.
    """

    item: str
    turn: int
    met: int
    wishes: int
    decision: Literal["accept", "refuse"] | None


def offers(dialogue: Dialogue, catalogue: Catalogue) -> Iterator[Offer]:
    """The films recommended, in order, as far as the catalogue knows them."""
    wishes = dialogue.scenario.brief.attributes if dialogue.scenario else ()
    for index, turn in enumerate(dialogue.turns):
        items = recommended(turn)
        later = [turn for turn in dialogue.turns[index + 1 :] if turn.role is Role.SEEKER]
        for id_ in items:
            if id_ not in catalogue:
                continue
            item = catalogue.get(id_)
            met = sum(item.has(attribute) for attribute in wishes)
            yield Offer(item.id, index, met, len(wishes), _decision(id_, later))


def recommended(turn: Turn) -> tuple[str, ...]:
    """Items that a turn recommends, by its acts."""
    if turn.role is not Role.RECOMMENDER:
        return ()
    acts = (act for act in turn.acts if act.kind is ActKind.RECOMMEND)
    return tuple(dict.fromkeys(item for act in acts for item in act.items))


def accepted(dialogue: Dialogue, catalogue: Catalogue) -> list[str]:
    """Items that were recommended and then accepted, in order."""
    return [offer.item for offer in offers(dialogue, catalogue) if offer.decision == "accept"]


def success(dialogue: Dialogue, catalogue: Catalogue) -> bool:
    """Whether the seeker accepted an item that was recommended (success rate of Interplay)."""
    return bool(accepted(dialogue, catalogue))


def match_score(dialogue: Dialogue, catalogue: Catalogue) -> float | None:
    """Share of the brief's attributes that the item accepted last has; None if there is none.

    The attribute form of Interplay's Match Score (arXiv 2603.18573).
    """
    taken = [o for o in offers(dialogue, catalogue) if o.decision == "accept" and o.wishes]
    return taken[-1].met / taken[-1].wishes if taken else None


def calibration(
    dialogues: Sequence[Dialogue], catalogue: Catalogue
) -> dict[str, tuple[int, int, int]]:
    """'match' and 'contradict' -> offers accepted, decided and made.

    Match: the film meets every wish. Contradict: there is one it does not meet.
    """
    counts = {"match": [0, 0, 0], "contradict": [0, 0, 0]}
    for dialogue in dialogues:
        for offer in offers(dialogue, catalogue):
            if not offer.wishes:
                continue
            found = counts["match" if offer.met == offer.wishes else "contradict"]
            found[0] += offer.decision == "accept"
            found[1] += offer.decision is not None
            found[2] += 1
    return {name: (a, d, m) for name, (a, d, m) in counts.items()}


def _decision(item: str, later: Sequence[Turn]) -> Literal["accept", "refuse"] | None:
    """What the first of these turns that decides about the item decides."""
    for number, turn in enumerate(later):
        for act in turn.acts:
            if act.kind is ActKind.ACCEPT and item in act.items:
                return "accept"
            unnamed = number == 0 and not act.items
            if act.kind in _AGAINST and (item in act.items or unnamed):
                return "refuse"
    return None
