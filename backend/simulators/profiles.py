"""The kinds of people in the training dialogues, to draw a simulated person's manner from."""

import json
import random
from functools import lru_cache
from pathlib import Path

FILE = "people.json"

#: What is drawn: how somebody says things. What they want and accept is the brief's business.
DRAWN = ("mood", "verbosity", "formality")


def drawn(folder: Path | None, seed: int) -> dict[str, str]:
    """The manner of one person of those a checkpoint lists; nothing if it lists none."""
    people = _people(folder) if folder else ()
    return dict(random.Random(f"{seed}/person").choice(people)) if people else {}


@lru_cache
def _people(folder: Path) -> tuple[dict[str, str], ...]:
    path = folder / FILE
    if not path.is_file():
        return ()
    return tuple(json.loads(path.read_text(encoding="utf-8")))
