"""Wishes in a text: attributes that it asks for or refuses, with their negation."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from backend.catalogue import Catalogue
from backend.catalogues.naming import common_words
from backend.catalogues.phrases import Phrases, fold, words
from backend.dialogue import Attribute
from backend.language.genres import GENRE_WORDS, genre_words

#: Names of genres that may be misspelt, letters of such a word at least, and how near it comes.
GENRES = sorted({word for words_ in GENRE_WORDS.values() for word in words_[:2] if word.isalpha()})
MIN_LETTERS, MISSPELT = 5, 0.9

_DECADE_WORDS = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990,
}  # fmt: skip
_DECADE = re.compile(r"(?<![\w$])(?:(18|19|20)(\d)\d'?s|'?([2-9])0'?s)\b", re.IGNORECASE)
#: A year that is wished for: not the one behind a title, and no bound ('older than 1990').
_YEAR = re.compile(
    r"(?<!\()(?<!than )(?<!before )(?<!after )(?<!since )\b(19\d\d|20[01]\d)\b(?!'?s)"
)
_CLAUSE = re.compile(r"[.,;:!?\n]|\bbut\b|\binstead\b|\bjust\b|\brather (?!not|than)|\bbecause\b")
_NEGATION = re.compile(
    r"\b(?:no|not|non|never|without|except|hate[ds]?|dislike[ds]?|nothing|less|too|avoid|"
    r"sick of|tired of|rather than|instead of|don'?t|dont|didn'?t|isn'?t|can'?t|cant|won'?t|"
    r"doesn'?t|wasn'?t|aren'?t)\b",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(
    r"\bnot only\b|\bno (?:problem|worries|preference)\b|\bdon'?t (?:mind|care if|know)\b|"
    r"\bwhy not\b|\b(?:haven'?t|not) seen\b|\bcan'?t (?:wait|go wrong|get enough)\b|\bme too\b",
    re.IGNORECASE,
)


_ANYTHING_BUT = re.compile(r"\b(?:any|every)(?:thing|body|one) (?:but|except)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """An attribute a text asks for, or (not `wanted`) asks to be spared."""

    attribute: Attribute
    wanted: bool


def find_wishes(text: str, catalogue: Catalogue) -> list[Wish]:
    """Wishes in a text in order, the last word on each attribute counting.

    A negation reaches to the end of its clause: 'no horror or war, but a comedy' is two
    unwanted genres and a wanted one. Genres go by synonym, decades by figure or word, people by
    full name, or by surname if one person of that surname is much the best known.
    """
    wishes: dict[Attribute, Wish] = {}
    text = _ANYTHING_BUT.sub("no", text)
    at = 0
    for clause in (*_CLAUSE.finditer(text), None):
        piece = text[at : clause.start() if clause else len(text)]
        at = clause.end() if clause else at
        for start, _, meant in sorted(_attributes(piece, catalogue), key=lambda found: found[0]):
            wanted = not _NEGATION.search(_NO_NEGATION.sub(" ", piece[:start]))
            # Whoever wants no romcom still wants comedies.
            for attribute in meant if wanted else meant[-1:]:
                wishes.pop(attribute, None)
                wishes[attribute] = Wish(attribute, wanted)
    return list(wishes.values())


def is_negated(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether what a pattern finds first in a text stands behind a negation in its clause.

    >>> is_negated("I like comedies but nothing new", re.compile("new"))
    True
    """
    found = pattern.search(text)
    if found is None:
        return False
    clause = _CLAUSE.split(text[: found.start()])[-1]
    return bool(_NEGATION.search(_NO_NEGATION.sub(" ", clause)))


def find_named(text: str, catalogue: Catalogue) -> list[tuple[int, int, Attribute]]:
    """Genres and decades in a text that mean one thing, from character to character."""
    return [
        (start, end, meant[0])
        for start, end, meant in _attributes(text, catalogue)
        if len(meant) == 1 and meant[0].name in {"genre", "decade"}
    ]


def find_people(text: str, catalogue: Catalogue) -> list[tuple[int, int, str]]:
    """People of the catalogue named in a text: from character, to character, full name."""
    return [
        (start, end, meant[0].value)
        for start, end, meant in _attributes(text, catalogue)
        if meant[0].name in {"cast", "director"}
    ]


def _attributes(
    piece: str, catalogue: Catalogue
) -> Iterable[tuple[int, int, tuple[Attribute, ...]]]:
    """Attributes named in a piece of text, each from character to character."""
    spoken = [replace(word, folded=_spelled(word.folded)) for word in words(piece)]
    for match in _known(catalogue).find(spoken):
        yield spoken[match.first].start, spoken[match.last - 1].end, match.key
    for decade in _DECADE.finditer(piece):
        first = f"{decade[1]}{decade[2]}" if decade[1] else f"19{decade[3]}"
        yield decade.start(), decade.end(), (Attribute(name="decade", value=f"{first}0s"),)
    for year in _YEAR.finditer(piece):
        yield year.start(), year.end(), (Attribute(name="decade", value=f"{year[1][:3]}0s"),)


@lru_cache(maxsize=4096)
def _spelled(word: str) -> str:
    """A genre for a word that misspells its name by a letter: `commedy` is `comedy`."""
    if len(word) < MIN_LETTERS or word in common_words():
        return word
    return next(iter(get_close_matches(word, GENRES, n=1, cutoff=MISSPELT)), word)


@lru_cache(maxsize=8)
def _known(catalogue: Catalogue) -> Phrases[tuple[Attribute, ...]]:
    """Every way to name a genre, a spelled-out decade or a person of this catalogue."""
    known: dict[tuple[str, ...], list[Attribute]] = defaultdict(list)
    genres = catalogue.values.get("genre", Counter())
    for genre in sorted(genres):
        for said in {genre, genre.replace("-", ""), *genre_words(genre)}:
            if said:
                known[fold(said)].append(Attribute(name="genre", value=genre))
    if genres:
        for word, year in _DECADE_WORDS.items():
            known[word,].append(Attribute(name="decade", value=f"{year}s"))
    for role, people in (("director", "director"), ("cast", "cast")):
        for person in catalogue.values.get(people, Counter()):
            full = fold(person)
            if len(full) > 1:
                known[full].append(Attribute(name=role, value=person))
        for surname, person in _famous(catalogue, people).items():
            known[surname,].append(Attribute(name=role, value=person))
    return Phrases((said, _one_reading(found, catalogue)) for said, found in known.items())


def _one_reading(found: list[Attribute], catalogue: Catalogue) -> tuple[Attribute, ...]:
    """A person who both acts and directs is meant as what they do more of."""
    people = [a for a in found if a.name in {"director", "cast"}]
    if len(people) < 2:
        return tuple(dict.fromkeys(found))
    return (max(people, key=lambda person: catalogue.values[person.name][person.value]),)


def _famous(catalogue: Catalogue, role: str) -> dict[str, str]:
    """Surname -> person, where one holds three quarters of the surname's popularity."""
    weight: dict[str, Counter[str]] = defaultdict(Counter)
    for item in catalogue:
        for person in item.values.get(role, ()):
            weight[fold(person)[-1] if fold(person) else ""][person] += item.popularity
    titles = {fold(item.title)[-1] for item in catalogue.by_popularity if fold(item.title)}
    famous = {}
    for surname, people in weight.items():
        (person, most), total = people.most_common(1)[0], sum(people.values())
        plain = len(surname) < 5 or surname in common_words() or surname in titles
        if not plain and len(fold(person)) > 1 and most >= 100 and most >= 0.75 * total:
            famous[surname] = person
    return famous
