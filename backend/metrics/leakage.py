"""Detection of target leakage: a hidden target named in the brief, or by the seeker first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backend.catalogue import Catalogue, Item
from backend.catalogues.phrases import contains
from backend.dialogue import Dialogue, Role


@dataclass(frozen=True)
class Leak:
    """A target found where it can't be known: in the brief, or said by the seeker first."""

    dialogue: str
    item: str
    where: str


def leaks(dialogue: Dialogue, catalogue: Catalogue) -> Iterator[Leak]:
    """Leaks of one dialogue.

    - a target's title or alias in the seeker's brief, or a target among the films it likes;
    - a target's title or alias in a seeker's turn before the recommender named it;
    - attributes that single a target out are no leak, but `singled_out` counts them.
    """
    if dialogue.scenario is None:
        return
    brief = dialogue.scenario.brief
    for id_ in dialogue.scenario.targets:
        if id_ not in catalogue:
            continue
        item = catalogue.get(id_)
        if any(contains(brief.summary, title) for title in (item.title, *item.aliases)):
            yield Leak(dialogue.id, id_, "brief")
        if item.id in brief.likes:
            yield Leak(dialogue.id, id_, "films liked")
        if said := _said_first(dialogue, item, catalogue):
            yield Leak(dialogue.id, id_, f"seeker's turn {said}")


def singled_out(dialogue: Dialogue, catalogue: Catalogue) -> bool:
    """Whether the brief's attributes leave one item of the catalogue, which is a target."""
    scenario = dialogue.scenario
    if scenario is None or not scenario.brief.attributes:
        return False
    fitting = catalogue.matching(scenario.brief.attributes)
    return len(fitting) == 1 and fitting[0].id in scenario.targets


def audit(dialogues: Iterable[Dialogue], catalogue: Catalogue) -> tuple[int, list[Leak]]:
    """How many dialogues have targets to leak, and the leaks found in them."""
    n, found = 0, []
    for dialogue in dialogues:
        n += dialogue.scenario is not None and bool(dialogue.scenario.targets)
        found += list(leaks(dialogue, catalogue))
    return n, found


def _said_first(dialogue: Dialogue, item: Item, catalogue: Catalogue) -> int | None:
    """Number (from 1) of the seeker's turn that names the item before the recommender does.

    Titles are looked for with care: 'it' is not the film It.
    """
    for number, turn in enumerate(dialogue.turns, 1):
        ids = {mention.item for mention in turn.mentions}
        ids |= {found.item.id for found in catalogue.find(turn.text)}
        if item.id in ids or contains(turn.text, item.name):
            return number if turn.role is Role.SEEKER else None
    return None
