"""The words people use: a small model that spells word by piece makes up some that nobody does."""

import json
import re
from functools import lru_cache
from pathlib import Path

WORDS = "words.json"

_WORD = re.compile(r"(?<![@\w'’])[^\W\d_]+(?:['’][^\W\d_]+)*")


class Vocabulary:
    """The words a checkpoint lists; without a list, every word is one."""

    def __init__(self, words: frozenset[str] = frozenset()) -> None:
        self.words = words

    @classmethod
    def packaged(cls, folder: Path) -> "Vocabulary":
        """The words that go with a checkpoint."""
        path = folder / WORDS
        return cls(_read(path) if path.is_file() else frozenset())

    def no_word(self, text: str) -> str | None:
        """What is wrong with a text whose names are slots, or None."""
        if self.words:
            for word in words_of(text):
                if word not in self.words:
                    return f"holds {word!r}, which nobody says"
        return None


def words_of(text: str) -> list[str]:
    """Words in lower case, without slots, numbers and marks.

    >>> words_of("I don't like @genre, it's a 7")
    ['i', "don't", 'like', "it's", 'a']
    """
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


@lru_cache
def _read(path: Path) -> frozenset[str]:
    return frozenset(json.loads(path.read_text(encoding="utf-8")))
