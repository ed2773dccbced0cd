"""Files that an adapter needs beside its weights: people's styles, and films named together."""

import random
import shutil
from pathlib import Path

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.simulators import people
from backend.simulators.interplay.choosing import masked
from backend.simulators.interplay.recital import Recital
from backend.simulators.people import Person
from backend.simulators.profiles import DRAWN
from backend.training.prepare import profile, read_part
from backend.training.rows import Part

#: The corpus whose seekers are imitated: LAPS was written by one worker for both sides.
IMITATED = "redial"

#: People that are listed with an adapter, drawn by seed.
PEOPLE, SEED = 400, 0


def finish(out: Path, data: Path, part: Part, catalogue: Catalogue) -> None:
    """Add people to draw from (seekers) and the films named together (recommenders) to an adapter.

    All get hashes of the long turns they may not recite. Steps of training are removed: they
    outweigh the adapter.
    """
    human = [d for d in read_part(data, "train") if d.seeker.origin is Origin.HUMAN]
    said = (masked(turn, catalogue) for dialogue in human for turn in dialogue.turns)
    Recital.of(said).save(out)
    if part in {"seeker", "both"}:
        people.write(_drawn(human, catalogue), out)
    if part in {"recommender", "both"}:
        shutil.copyfile(data / "neighbours.json", out / "neighbours.json")
    shutil.rmtree(out / "steps", ignore_errors=True)


def _drawn(human: list[Dialogue], catalogue: Catalogue) -> list[Person]:
    """`PEOPLE` seekers of the imitated corpus, drawn without replacement."""
    seekers = [
        dialogue
        for dialogue in human
        if dialogue.provenance.corpus == IMITATED and dialogue.turns_of(Role.SEEKER)
    ]
    chosen = random.Random(SEED).sample(seekers, min(PEOPLE, len(seekers)))
    return [Person.of(dialogue, _manner(dialogue), catalogue) for dialogue in chosen]


def _manner(dialogue: Dialogue) -> dict[str, str]:
    kind = profile(dialogue, Role.SEEKER)
    return {name: kind[name] for name in DRAWN if name in kind}
