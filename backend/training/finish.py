"""Files that an adapter needs beside its weights: manners of people, and films named together."""

import json
import shutil
from collections import Counter
from pathlib import Path

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.language.films import films_in
from backend.simulators.interplay.choosing import masked
from backend.simulators.interplay.recital import Recital
from backend.simulators.profiles import DRAWN, FILE, FILMS
from backend.training.prepare import profile, read_part
from backend.training.rows import Part

#: The corpus whose seekers are imitated: LAPS was written by one worker for both sides.
IMITATED = "redial"

#: Films that a seeker is made to like, at most.
MAX_LIKED = 4


def finish(out: Path, data: Path, part: Part, catalogue: Catalogue) -> None:
    """Add the kinds of people (seekers) and the films named together (recommenders) to an adapter.

    All get hashes of the long turns they may not recite. Steps of training are removed: they
    outweigh the adapter.
    """
    people = [d for d in read_part(data, "train") if d.seeker.origin is Origin.HUMAN]
    said = (masked(turn, catalogue) for dialogue in people for turn in dialogue.turns)
    Recital.of(said).save(out)
    if part in {"seeker", "both"}:
        kinds = _kinds(people, catalogue)
        (out / FILE).write_text(json.dumps(kinds, indent=0) + "\n", encoding="utf-8")
    if part in {"recommender", "both"}:
        shutil.copyfile(data / "neighbours.json", out / "neighbours.json")
    shutil.rmtree(out / "steps", ignore_errors=True)


def _kinds(people: list[Dialogue], catalogue: Catalogue) -> list[dict[str, str]]:
    """Manners of the seekers and how many films they name first; each as often as met in 200."""
    found: Counter[tuple[tuple[str, str], ...]] = Counter()
    for dialogue in people:
        if dialogue.provenance.corpus == IMITATED:
            kind = profile(dialogue, Role.SEEKER)
            films = str(min(MAX_LIKED, _named_first(dialogue, catalogue)))
            known = [(name, kind[name]) for name in DRAWN if name in kind]
            found[(*known, (FILMS, films))] += 1
    total = found.total()
    kinds: list[dict[str, str]] = []
    for manner, n in sorted(found.items()):
        kinds += [dict(manner)] * round(200 * n / total)
    return kinds


def _named_first(dialogue: Dialogue, catalogue: Catalogue) -> int:
    """Films that the seeker names before the recommender does."""
    first: dict[str, Role] = {}
    for turn in dialogue.turns:
        for film in films_in(turn, catalogue):
            if film.item:
                first.setdefault(film.item, turn.role)
    return sum(role is Role.SEEKER for role in first.values())
