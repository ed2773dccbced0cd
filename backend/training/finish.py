"""What a checkpoint carries beside its weights: who it learned from, and what is named together."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.simulators.interplay.recital import Recital
from backend.simulators.profiles import DRAWN, FILE
from backend.simulators.vocabulary import WORDS, words_of
from backend.training.prepare import profile, read_part
from backend.training.rows import Part, row


def finish(out: Path, data: Path, part: Part, catalogue: Catalogue) -> None:
    """Add the kinds of people (seekers) and the films named together (recommenders) to a model.

    All get the words that people use, and hashes of the long turns they may not recite. Steps of
    training are removed: they outweigh the model.
    """
    people = [d for d in read_part(data, "train") if d.seeker.origin is Origin.HUMAN]
    said = [turn for dialogue in people for turn in turns_of(dialogue, catalogue)]
    Recital.of(said).save(out)
    (out / WORDS).write_text(json.dumps(_words(said)) + "\n", encoding="utf-8")
    if part in {"seeker", "both"}:
        (out / FILE).write_text(json.dumps(_people(data), indent=0) + "\n", encoding="utf-8")
    if part in {"recommender", "both"}:
        shutil.copyfile(data / "neighbours.json", out / "neighbours.json")
    shutil.rmtree(out / "steps", ignore_errors=True)


def turns_of(dialogue: Dialogue, catalogue: Catalogue) -> list[str]:
    """What both sides say, names as slots, the way each side's model has it."""
    found = []
    for role in Role:
        messages = row(dialogue, role, catalogue, controls={}).messages
        found += [m.text for m in messages if m.speaker == "assistant"][1::2]
    return found


def _words(said: Iterable[str]) -> list[str]:
    """Words met more than once in what people say, names aside, in order of the alphabet."""
    met = Counter(word for text in said for word in words_of(text))
    return sorted(word for word, n in met.items() if n > 1)


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
