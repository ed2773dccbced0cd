"""Training turns that a model may not recite: a checkpoint knows them by hash alone."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from backend.catalogue import Catalogue
from backend.dialogue import Turn
from backend.simulators.pretrained.choosing import masked

TURNS = "turns.json"

#: A turn counts from this many words on: shorter ones are common property.
LONG = 13

#: Hexadecimal digits of SHA-256 that a turn is known by.
_DIGITS = 12


class Recital:
    """The long turns a checkpoint was trained on; without a list, nothing is recited."""

    def __init__(self, hashes: frozenset[str] = frozenset()) -> None:
        self.hashes = hashes

    @classmethod
    def packaged(cls, folder: Path) -> "Recital":
        """The turns that go with a checkpoint."""
        path = folder / TURNS
        return cls(_read(path) if path.is_file() else frozenset())

    @classmethod
    def of(cls, turns: Iterable[Turn], catalogue: Catalogue) -> "Recital":
        """The long ones among these turns; titles are masked."""
        split = (plain(masked(turn, catalogue)) for turn in turns)
        return cls(frozenset(_hash(words) for words in split if len(words) >= LONG))

    def fault(self, turn: Turn, catalogue: Catalogue) -> str | None:
        """What is wrong with a turn, or None."""
        return "recites a training turn" if self.recites(turn, catalogue) else None

    def recites(self, turn: Turn, catalogue: Catalogue) -> bool:
        """Whether a whole long training turn stands anywhere in this one's words."""
        words = plain(masked(turn, catalogue)) if self.hashes else []
        return any(
            _hash(words[start:end]) in self.hashes
            for start in range(len(words) - LONG + 1)
            for end in range(start + LONG, len(words) + 1)
        )

    def save(self, folder: Path) -> None:
        """Write the list beside a model's weights."""
        (folder / TURNS).write_text(json.dumps(sorted(self.hashes)) + "\n", encoding="utf-8")


def plain(text: str) -> list[str]:
    """Words in lower case, without marks.

    >>> plain("Yes! I liked FILM, too.")
    ['yes', 'i', 'liked', 'film', 'too']
    """
    return re.findall(r"\w+", text.lower())


def _hash(words: list[str]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:_DIGITS]


@lru_cache
def _read(path: Path) -> frozenset[str]:
    return frozenset(json.loads(path.read_text(encoding="utf-8")))
