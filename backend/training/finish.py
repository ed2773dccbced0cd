"""What a checkpoint carries beside its weights: who it learned from, and what is named together."""

import json
import shutil
from collections import Counter
from pathlib import Path

from backend.dialogue import Origin, Role
from backend.simulators.profiles import DRAWN, FILE
from backend.training.prepare import profile, read_part
from backend.training.rows import Part


def finish(out: Path, data: Path, part: Part) -> None:
    """Add the kinds of people (seekers) and the films named together (recommenders) to a model.

    Steps of training are removed: they are many times the model.
    """
    if part in {"seeker", "both"}:
        (out / FILE).write_text(json.dumps(_people(data), indent=0) + "\n", encoding="utf-8")
    if part in {"recommender", "both"}:
        shutil.copyfile(data / "neighbours.json", out / "neighbours.json")
    shutil.rmtree(out / "steps", ignore_errors=True)


def _people(data: Path) -> list[dict[str, str]]:
    """The manners of the human seekers of the training part; each as often as it was met in 100."""
    found: Counter[tuple[tuple[str, str], ...]] = Counter()
    for dialogue in read_part(data, "train"):
        if dialogue.seeker.origin is Origin.HUMAN:
            kind = profile(dialogue, Role.SEEKER)
            found[tuple((name, kind[name]) for name in DRAWN if name in kind)] += 1
    total = found.total()
    people: list[dict[str, str]] = []
    for manner, n in sorted(found.items()):
        people += [dict(manner)] * round(100 * n / total)
    return people
