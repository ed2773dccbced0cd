"""Items and attributes of one domain; the packaged film catalogue is facts only.

Attribute names of films are `genre`, `director`, `cast` and `decade` ('1990s', from the year).
Where the facts come from and how true they are: backend/catalogues/README.md.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

from backend.catalogues.naming import TitleContext, common_words, is_named, year_after
from backend.catalogues.phrases import PhraseMatch, Phrases, Word, fold, without_article, words
from backend.dialogue import Attribute, Mention

FOLDER = Path(__file__).with_name("catalogues")

#: What may be a misspelt title: letters and popularity at least, words at most, similarity at least
#: (difflib's ratio; two wrong letters of twelve are 0.91).
MIN_TITLE_LETTERS, MIN_POPULARITY, MAX_TITLE_WORDS, MISSPELT = 8, 3, 5, 0.9


class CatalogueError(Exception):
    """The file is no catalogue; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item to recommend. `values` holds its facts by attribute name, absent if unknown."""

    id: str
    title: str
    year: int | None
    values: Mapping[str, tuple[str, ...]]
    popularity: int = 0
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Title and, where known, year: 'Coco (2017)'."""
        return f"{self.title} ({self.year})" if self.year else self.title

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All known facts of the item."""
        return tuple(
            Attribute(name=name, value=value)
            for name, values in self.values.items()
            for value in values
        )

    def has(self, attribute: Attribute) -> bool:
        """Whether the fact is known of the item; case does not matter."""
        wanted = attribute.value.casefold()
        return any(value.casefold() == wanted for value in self.values.get(attribute.name, ()))

    def mention(self) -> Mention:
        """The item as a turn names it."""
        return Mention(title=self.name, item=self.id)


@dataclass(frozen=True, slots=True)
class Found:
    """An item named in a text, from character `start` to `end` (exclusive, year included)."""

    item: Item
    start: int
    end: int


class Catalogue:
    """All items of one domain: looked up, searched, filtered, and found in free text."""

    def __init__(self, items: Iterable[Item], header: Mapping[str, Any] | None = None) -> None:
        self._items: dict[str, Item] = {item.id: item for item in items}
        self._ids = {other: item.id for item in self._items.values() for other in item.also}
        self.header = dict(header or {})
        self.noun = str(self.header.get("noun", "item"))
        self.by_popularity = sorted(
            self._items.values(), key=lambda item: (-item.popularity, item.title, item.id)
        )
        self._rank = {item.id: rank for rank, item in enumerate(self.by_popularity)}

    @classmethod
    def load(cls, domain: str = "films") -> "Catalogue":
        """A packaged catalogue, read once per process. Raises CatalogueError if there is none."""
        return _packaged(domain)

    @classmethod
    def read(cls, path: Path) -> Self:
        """A catalogue file: JSON lines, gzipped or not, header first. Raises CatalogueError."""
        try:
            raw = path.read_bytes()
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
            header, *rows = (json.loads(line) for line in text.splitlines())
            names = [name for name in header["attributes"] if name != "decade"]
            return cls((_item(row, names) for row in rows), header)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CatalogueError(
                f"{path} is no catalogue: {error!r}. Expected JSON lines, the first a header with "
                "'attributes', the others items with 'id' and 'title'."
            ) from error

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def __contains__(self, id_: object) -> bool:
        return id_ in self._items or id_ in self._ids

    def get(self, id_: str) -> Item:
        """The item with this id, or with this id before duplicates were merged. Raises KeyError."""
        return self._items[self._ids.get(id_, id_)]

    @property
    def names(self) -> tuple[str, ...]:
        """Attribute names, as the header gives them."""
        return tuple(self.header.get("attributes", ()))

    @cached_property
    def values(self) -> dict[str, Counter[str]]:
        """Attribute name -> value -> number of items that have it."""
        counted: dict[str, Counter[str]] = {name: Counter() for name in self.names}
        for item in self:
            for name, values in item.values.items():
                counted.setdefault(name, Counter()).update(values)
        return counted

    def familiarity(self, item: Item) -> float:
        """Popularity as a share of items less popular than this one, in [0, 1]."""
        return 1 - self._rank[item.id] / len(self)

    def matching(
        self, attributes: Iterable[Attribute] = (), without: Iterable[Attribute] = ()
    ) -> list[Item]:
        """Items with all `attributes` and none of `without`, most popular first."""
        found: set[str] | None = None
        for attribute in attributes:
            have = self._having.get((attribute.name, attribute.value.casefold()), set())
            found = set(have) if found is None else found & have
        candidates = self._items.keys() if found is None else found
        barred: set[str] = set()
        for attribute in without:
            barred |= self._having.get((attribute.name, attribute.value.casefold()), set())
        return sorted(
            (self._items[id_] for id_ in candidates if id_ not in barred),
            key=lambda item: self._rank[item.id],
        )

    def similar(self, item: Item, limit: int = 10) -> list[Item]:
        """Items that share most facts with this one, a rare fact (a director) counting for more.

        Score: sum over shared values of 1 / (bits of the number of items that have the value);
        ties by popularity.
        """
        scores: Counter[str] = Counter()
        for attribute in item.attributes:
            have = self._having[attribute.name, attribute.value.casefold()]
            for id_ in have:
                scores[id_] += int(1e6 / len(have).bit_length())
        scores.pop(item.id, None)
        best = sorted(scores, key=lambda id_: (-scores[id_], self._rank[id_]))
        return [self._items[id_] for id_ in best[:limit]]

    def search(self, text: str, limit: int = 10) -> list[Item]:
        """Items by title or alias: exact matches, then titles that begin with it, then the rest.

        Case, accents, punctuation and a leading article do not matter; a year in the text, bare or
        in brackets, narrows the result if it can.
        """
        year = re.search(r"\(?\b((?:18|19|20)\d\d)\)?\s*$", text)
        if year and (left := text[: year.start()].strip()):
            narrowed = [i for i in self._search(left, len(self)) if i.year == int(year[1])]
            if narrowed:
                return narrowed[:limit]
        return self._search(text, limit)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Items named in a text, in order, each once. See `find` for what counts as named."""
        found = {named.item.id: named.item for named in self.find(text)}
        return tuple(item.mention() for item in found.values())

    def find(self, text: str) -> list[Found]:
        """Items named in a text, with places, from left to right, longest title first.

        A title with a rare word in it counts wherever it stands, in any case. One made of everyday
        words ('It', 'Her', 'Up') counts only in quotes, before its year, or capitalised where a
        sentence would not be; if it has several words ('get out') or is one rarer word ('moana'),
        also beside a cue ('seen', 'liked', ...) or alone; if it has four words or more, anywhere.
        Of several items with one title, the one whose year follows is meant, else the most popular.
        A person's name, or part of one ('Max' in 'Max von Sydow'), names no item without a year.
        """
        spoken = words(text)
        people = list(self._full_names.find(spoken))
        found: list[Found] = []
        last = 0
        for match in self._phrases.candidates(spoken):
            if match.first < last:
                continue
            span = spoken[match.first : match.last]
            year = year_after(text, span[-1].end)
            item = self._meant(match.key, year and year[0])
            dated = year is not None and year[0] == item.year
            after = found[-1].end if found else None
            place = TitleContext(text, spoken, match.first, match.last, after)
            if not (dated or is_named(place, self._plain_values)):
                continue
            if not dated and any(_is_part(match, person) for person in people):
                continue
            last = match.last + int(dated)
            found.append(Found(item, span[0].start, year[1] if year and dated else span[-1].end))
        return found

    def corrected(self, text: str) -> str:
        """The text with a title that is misspelt by a letter or two set right, if it names no item.

        >>> Catalogue.load().corrected("I liked Jurasic Park a lot")
        'I liked Jurassic Park a lot'
        """
        if self.find(text):
            return text
        best = max(self._misspelt(words(text)), default=None)
        if best is None:
            return text
        _, start, end, title = best
        return f"{text[:start]}{title}{text[end:]}"

    def _misspelt(self, spoken: Sequence[Word]) -> Iterator[tuple[float, int, int, str]]:
        """Words that may be a misspelt title: similarity, from character, to character, title."""
        for size in range(1, min(MAX_TITLE_WORDS, len(spoken)) + 1):
            for first in range(len(spoken) - size + 1):
                span = spoken[first : first + size]
                said = "".join(word.folded for word in span)
                folded = {word.folded for word in span}
                # 'Superhero movies' are no misspelt 'Superhero Movie'.
                is_plain = common_words() >= folded or bool(folded & {"movie", "movies", "films"})
                if len(said) < MIN_TITLE_LETTERS or is_plain:
                    continue
                titles = self._long_titles.get(said[0], {})
                for near in get_close_matches(said, titles, n=1, cutoff=MISSPELT):
                    likeness = SequenceMatcher(None, near, said).ratio()
                    yield likeness, span[0].start, span[-1].end, titles[near].title

    @cached_property
    def _long_titles(self) -> dict[str, dict[str, Item]]:
        """First letter -> letters of a title, with and without article -> its most popular item."""
        titles: dict[str, dict[str, Item]] = {}
        for item in self.by_popularity:
            folded = fold(item.title)
            for letters in map("".join, (folded, without_article(folded))):
                if len(letters) >= MIN_TITLE_LETTERS and item.popularity >= MIN_POPULARITY:
                    titles.setdefault(letters[0], {}).setdefault(letters, item)
        return titles

    @cached_property
    def _having(self) -> dict[tuple[str, str], set[str]]:
        having: dict[tuple[str, str], set[str]] = {}
        for item in self:
            for name, values in item.values.items():
                for value in values:
                    having.setdefault((name, value.casefold()), set()).add(item.id)
        return having

    @cached_property
    def _titles(self) -> dict[tuple[str, ...], list[Item]]:
        """Folded title, with and without its article -> items, most popular first."""
        titles: dict[tuple[str, ...], list[Item]] = {}
        for item in self.by_popularity:
            for title in (item.title, *item.aliases):
                joined = fold(re.sub(r"(?<=\w)[-·.](?=\w)", "", title))
                folded = fold(title)
                for form in {folded, without_article(folded), joined}:
                    same = titles.setdefault(form, [])
                    if form and item not in same:
                        same.append(item)
        return titles

    @cached_property
    def _phrases(self) -> Phrases[tuple[str, ...]]:
        return Phrases((title, title) for title in self._titles)

    def _search(self, text: str, limit: int) -> list[Item]:
        wanted = without_article(fold(text))
        if not wanted:
            return []
        tiers: tuple[dict[str, Item], ...] = ({}, {}, {})
        phrase = " ".join(wanted)
        for title, items in self._titles.items():
            joined = " ".join(title)
            if phrase not in joined:
                continue
            tier = 0 if joined == phrase else 1 if joined.startswith(phrase + " ") else 2
            if tier == 2 and f" {phrase} " not in f" {joined} ":
                continue
            tiers[tier].update((item.id, item) for item in items)
        ranked: dict[str, Item] = {}
        for found in tiers:
            for id_ in sorted(found, key=self._rank.__getitem__):
                ranked.setdefault(id_, found[id_])
        return list(ranked.values())[:limit]

    def _meant(self, title: tuple[str, ...], year: int | None) -> Item:
        items = self._titles[title]
        dated = [item for item in items if year and item.year == year]
        known = [item for item in items if item.values.get("genre")]
        return (dated or known or items)[0]

    @cached_property
    def _full_names(self) -> Phrases[str]:
        """People's names of two words or more."""
        people = {*self.values.get("cast", ()), *self.values.get("director", ())}
        return Phrases((fold(name), name) for name in people if len(fold(name)) > 1)

    @cached_property
    def _plain_values(self) -> frozenset[str]:
        """Words that name an attribute value, so that 'I like romance' names no film."""
        genres = self.values.get("genre", Counter())
        return frozenset(word for genre in genres for word in (*fold(genre), "".join(fold(genre))))


def _is_part(match: PhraseMatch[Any], whole: PhraseMatch[Any]) -> bool:
    """Whether a phrase lies within another."""
    return whole.first <= match.first and match.last <= whole.last


@lru_cache
def _packaged(domain: str) -> Catalogue:
    path = FOLDER / f"{domain}.jsonl.gz"
    if not path.is_file():
        there = ", ".join(sorted(p.name.removesuffix(".jsonl.gz") for p in FOLDER.glob("*.gz")))
        raise CatalogueError(f"no catalogue {domain!r}; there are {there}")
    return Catalogue.read(path)


def _item(row: Mapping[str, Any], names: Sequence[str]) -> Item:
    values = {name: tuple(row[name]) for name in names if row.get(name)}
    year = row.get("year")
    if year:
        values["decade"] = (f"{year // 10 * 10}s",)
    return Item(
        id=row["id"],
        title=row["title"],
        year=year,
        values=values,
        popularity=row.get("mentions", 0),
        aliases=tuple(row.get("aliases", ())),
        also=tuple(row.get("also", ())),
    )
