"""Split of dialogues into training and held-out sets, with each person in only one of them."""

import random
from collections import defaultdict
from collections.abc import Sequence

from backend.dialogue import Dialogue

#: Shares of a corpus' dialogues that are held out for evaluation, and that training is watched on.
HELD_OUT, VALIDATION = 0.1, 0.05

#: People with more dialogues than this always train, or a few would be all of what is held out.
BUSY = 30


def split(dialogues: Sequence[Dialogue], seed: int) -> dict[str, list[Dialogue]]:
    """Dialogues as 'train', 'validation' and 'held_out'.

    People (either role) are drawn until their dialogues make up the share of each part; a
    dialogue is held out if anybody in it is. So no person of a held-out dialogue's drawn side is
    met in training; the partner of a drawn person may be.
    """
    of_person: dict[str, set[str]] = defaultdict(set)
    for dialogue in dialogues:
        for player in (dialogue.seeker, dialogue.recommender):
            of_person[player.person or dialogue.id].add(dialogue.id)
    people = sorted(of_person)
    random.Random(f"{seed}/split").shuffle(people)
    parts: dict[str, set[str]] = {"held_out": set(), "validation": set()}
    taken: set[str] = set()
    for part, share in (("held_out", HELD_OUT), ("validation", VALIDATION)):
        for person in people:
            if len(parts[part]) >= share * len(dialogues):
                break
            fresh = of_person[person] - taken
            if len(of_person[person]) <= BUSY and fresh == of_person[person]:
                parts[part] |= fresh
                taken |= fresh
    named = {id_: part for part, ids in parts.items() for id_ in ids}
    found: dict[str, list[Dialogue]] = {"train": [], "validation": [], "held_out": []}
    for dialogue in dialogues:
        found[named.get(dialogue.id, "train")].append(dialogue)
    return found
