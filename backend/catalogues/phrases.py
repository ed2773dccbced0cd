"""Search for known phrases (titles, people's names) in text, regardless of case and punctuation."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

Key = TypeVar("Key")

ARTICLES = frozenset({"a", "an", "the"})

_WORD = re.compile(r"[^\W_]+(?:['’`][^\W_]+)*|&", re.UNICODE)
_APOSTROPHES = str.maketrans("", "", "'’`")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: its folded form, its raw form and where it stands (characters)."""

    folded: str
    raw: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PhraseMatch(Generic[Key]):
    """A phrase found at words `first` to `last` (exclusive)."""

    key: Key
    first: int
    last: int


@lru_cache(maxsize=65536)
def _fold_word(raw: str) -> str:
    if raw == "&":
        return "and"
    decomposed = unicodedata.normalize("NFKD", raw.casefold())
    return "".join(c for c in decomposed if c.isalnum()).translate(_APOSTROPHES)


def words(text: str) -> list[Word]:
    """The words of a text in order; `&` counts as the word 'and', accents and case are folded."""
    return [
        Word(_fold_word(found[0]), found[0], found.start(), found.end())
        for found in _WORD.finditer(text)
    ]


def fold(text: str) -> tuple[str, ...]:
    """A text's folded words: `fold("WALL·E & Amélie")` is ('wall', 'e', 'and', 'amelie')."""
    return tuple(word.folded for word in words(text))


def without_article(folded: tuple[str, ...]) -> tuple[str, ...]:
    """Folded words less a leading article, unless that is all there is."""
    return folded[1:] if len(folded) > 1 and folded[0] in ARTICLES else folded


def contains(text: str, phrase: str) -> bool:
    """Whether the phrase's words stand in the text, in order and side by side."""
    inner, outer = fold(phrase), fold(text)
    return bool(inner) and any(
        outer[at : at + len(inner)] == inner for at in range(len(outer) - len(inner) + 1)
    )


class Phrases(Generic[Key]):
    """An index of word sequences, read in one pass over a text's words.

    Each word of the text is looked up once in a dictionary by first word; candidates there are
    tried longest first, so that 'Star Wars' does not win over 'Star Wars Rebels'.
    """

    def __init__(self, phrases: Iterable[tuple[tuple[str, ...], Key]]) -> None:
        index: dict[str, list[tuple[tuple[str, ...], Key]]] = {}
        for folded, key in phrases:
            if folded:
                index.setdefault(folded[0], []).append((folded, key))
        for candidates in index.values():
            candidates.sort(key=lambda candidate: -len(candidate[0]))
        self._index = index

    def candidates(self, text: Sequence[Word]) -> Iterator[PhraseMatch[Key]]:
        """Every phrase found, overlapping ones too: by place, longest first."""
        folded = tuple(word.folded for word in text)
        for at, word in enumerate(folded):
            for phrase, key in self._index.get(word, ()):
                if folded[at : at + len(phrase)] == phrase:
                    yield PhraseMatch(key, at, at + len(phrase))

    def find(self, text: Sequence[Word]) -> list[PhraseMatch[Key]]:
        """The longest phrases found, from left to right, none overlapping another."""
        found: list[PhraseMatch[Key]] = []
        for match in self.candidates(text):
            if not found or match.first >= found[-1].last:
                found.append(match)
        return found
