"""Check that a text copies no long training turn. A checkpoint stores only hashes of turns."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

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
    def of(cls, turns: Iterable[str]) -> "Recital":
        """The long ones among these turns, whose names are masked."""
        split = (plain(turn) for turn in turns)
        return cls(frozenset(_hash(words) for words in split if len(words) >= LONG))

    def fault(self, text: str) -> str | None:
        """What is wrong with a text whose names are masked, or None."""
        return "recites a training turn" if self.recites(text) else None

    def recites(self, text: str) -> bool:
        """Whether a whole long turn stands anywhere in these words."""
        words = plain(text)
        return bool(self.hashes) and any(
            _hash(words[start:end]) in self.hashes
            for start in range(len(words) - LONG + 1)
            for end in range(start + LONG, len(words) + 1)
        )

    def save(self, folder: Path) -> None:
        """Write the list beside a model's weights."""
        (folder / TURNS).write_text(json.dumps(sorted(self.hashes)) + "\n", encoding="utf-8")


def plain(text: str) -> list[str]:
    """Words and slots in lower case, without marks.

    >>> plain("Yes! I liked @1, too.")
    ['yes', 'i', 'liked', '@1', 'too']
    """
    return re.findall(r"@?\w+", text.lower())


def _hash(words: list[str]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:_DIGITS]


@lru_cache
def _read(path: Path) -> frozenset[str]:
    return frozenset(json.loads(path.read_text(encoding="utf-8")))
