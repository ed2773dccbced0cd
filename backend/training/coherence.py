"""Training data of the classifier of coherence: people's turns, corrupted ones, and their features.

What the base model makes of each turn is kept in a file, dialogue by dialogue, so that a run that
was stopped goes on from there.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.dialogue import Dialogue, Origin, Turn
from backend.language.coherence import features
from backend.language.turn_costs import BaseModelReader, Floats, TurnContext
from backend.training.corruptions import KINDS, Corruptions
from backend.training.prepare import read_part

#: What a true next turn is called among the kinds of corruption.
TRUE = "true"

#: Corrupted turns for each true one.
EACH = 2

#: Times a token is met in people's turns before its frequency is told from that of any other.
RARE = 3


@dataclass(frozen=True)
class LabelledTurn:
    """A turn that is or is not the true next one, and what the classifier sees of it."""

    dialogue: str
    role: str
    kind: str
    tokens: int
    values: list[float]


def people(folder: Path, part: str) -> list[Dialogue]:
    """Dialogues of people in a prepared part. Raises FileNotFoundError."""
    return [d for d in read_part(folder, part) if d.seeker.origin is Origin.HUMAN]


def frequencies(dialogues: Sequence[Dialogue], reader: BaseModelReader) -> Floats:
    """Log shares of all tokens of the vocabulary in turns, by counts with one half added.

    A token that is met fewer than `RARE` times counts as not met.
    """
    counts = np.zeros(reader.network.config.vocab_size)
    for dialogue in dialogues:
        for turn in dialogue.turns:
            np.add.at(counts, reader.words(turn), 1)
    counts[counts < RARE] = 0
    shares = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
    logs: Floats = np.log(shares).astype(np.float16).astype(np.float32)
    return logs


def examples(
    folder: Path,
    part: str,
    reader: BaseModelReader,
    kept: Path,
    *,
    n: int,
    seed: int,
    frequencies: Floats,
    progress: Callable[[int], object] = lambda done: None,
) -> list[LabelledTurn]:
    """At least `n` true turns of a part (or all of them), each with corrupted ones.

    `kept` is the folder of what has been read. Another file is used for another part or seed.
    """
    pool = people(folder, part)
    order = random.Random(f"{seed}/{part}").sample(pool, len(pool))
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / f"{part}-{seed}.jsonl"
    known, corruptions = _known(file), Corruptions(pool, random.Random(seed))
    found: list[LabelledTurn] = []
    true = 0
    with file.open("a", encoding="utf-8") as out:
        for dialogue in order:
            if true >= n:
                break
            rows = list(_places(dialogue, corruptions, seed))
            if dialogue.id not in known:
                read = reader.costs(dialogue.turns, [place for _, place in rows])
                told = [[_rounded(c.after), _rounded(c.alone)] for c in read]
                out.write(json.dumps({"dialogue": dialogue.id, "costs": told}) + "\n")
                out.flush()
                known[dialogue.id] = told
            for (kind, place), (after, alone) in zip(rows, known[dialogue.id], strict=True):
                after_, alone_ = np.array(after, np.float32), np.array(alone, np.float32)
                costs = reader.told(place.turn, after_, alone_)
                values = features(costs, place.turn, dialogue.turns[: place.at], frequencies)
                role = place.turn.role.value
                found.append(LabelledTurn(dialogue.id, role, kind, len(after), values))
                true += kind == TRUE
            progress(true)
    return found


def _places(
    dialogue: Dialogue, corruptions: Corruptions, seed: int
) -> Iterator[tuple[str, TurnContext]]:
    """Each true turn with a context, then its corrupted ones; the same for the same seed."""
    rng = corruptions.rng = random.Random(f"{seed}/{dialogue.id}")
    for at, turn in enumerate(dialogue.turns):
        if not at or not turn.text.strip():
            continue
        yield TRUE, TurnContext(at, turn)
        made: list[tuple[str, Turn]] = []
        for kind in rng.sample(list(KINDS), len(KINDS)):
            corrupted = corruptions.corrupt(dialogue, at, kind)
            if corrupted and len(made) < EACH:
                made.append((kind, corrupted))
        yield from ((kind, TurnContext(at, corrupted)) for kind, corrupted in made)


def _known(file: Path) -> dict[str, list[list[list[float]]]]:
    """What has been read, by dialogue; a last line that was cut off is left out."""
    found = {}
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                one = json.loads(line)
            except ValueError:
                continue
            found[one["dialogue"]] = one["costs"]
    return found


def _rounded(values: object) -> list[float]:
    return [round(float(v), 3) for v in np.asarray(values)]
