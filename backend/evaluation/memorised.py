"""Memorisation: the share of long turns of a model that copy turns of its training data."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin
from backend.simulators.interplay.choosing import masked
from backend.simulators.interplay.recital import LONG, Recital, plain


@dataclass(frozen=True)
class Memory:
    """`copied` of `said` long turns contain one of `known` training turns, word by word."""

    dialogues: int
    said: int
    known: int
    copied: int


def memorised(
    trained: Iterable[Dialogue], dialogues: Iterable[Dialogue], catalogue: Catalogue
) -> Memory:
    """Compare words with titles masked, so that a copy with another film is a copy too.

    Only dialogues of people count as training data: a model does not learn simulated words.
    """
    taught = (d for d in trained if d.seeker.origin is Origin.HUMAN)
    known = Recital.of(masked(turn, catalogue) for dialogue in taught for turn in dialogue.turns)
    n = said = copied = 0
    for dialogue in dialogues:
        n += 1
        texts = (masked(turn, catalogue) for turn in dialogue.turns)
        long = [text for text in texts if len(plain(text)) >= LONG]
        said += len(long)
        copied += sum(map(known.recites, long))
    return Memory(n, said, len(known.hashes), copied)
