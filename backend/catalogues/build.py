"""Builds the packaged film catalogue from ReDial's and iEvaLM's files: facts only, no prose.

    python -m backend.catalogues.build FOLDER

FOLDER holds `ievalm_id2info.json` (RUCAIBox/iEvaLM-CRS, MIT) and `movies_with_mentions.csv`
(ReDial, CC BY 4.0). Plots and writers are never read into a record. The same input gives the
same bytes. What is merged, withheld and dropped is printed and kept in the file's first line.
"""

import csv
import gzip
import html
import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from backend.catalogues.phrases import fold, without_article

CREDITS = "ievalm_id2info.json"
MENTIONS = "movies_with_mentions.csv"
OUTPUT = Path(__file__).with_name("films.jsonl.gz")

HEADER = {
    "domain": "films",
    "noun": "film",
    "attributes": ["genre", "director", "cast", "decade"],
    "source": (
        "Titles, years, genres, directors and cast: ievalm_id2info.json of RUCAIBox/iEvaLM-CRS, "
        "commit 162e2f4 (MIT, Wang, Tang et al. 2023). Ids and mention counts: "
        "movies_with_mentions.csv of ReDial (CC BY 4.0, Li et al., NeurIPS 2018)."
    ),
}

#: Genres of broadcasts. A film never has them, so the credits are somebody else's.
NOT_OF_FILMS = frozenset({"talk-show", "news", "reality-tv", "game-show"})

#: IMDb numbers up to here were given out in order of release year, later ones as films were
#: registered: before, within or after their release.
ORDERED_UP_TO = 125_000

#: Registered after ReDial was collected (spring 2018), so not a film its workers talked of.
TOO_NEW_FROM = 8_600_000

_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")


@dataclass
class Film:
    """One record on its way into the catalogue; `number` is its IMDb number, not stored."""

    id: str
    title: str
    year: int | None
    number: int
    mentions: int
    genre: list[str]
    director: list[str]
    cast: list[str]
    aliases: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        """The title as people would compare it."""
        return without_article(fold(self.title))

    def withhold(self) -> None:
        """Forget the credits: they are likely another film's."""
        self.genre, self.director, self.cast = [], [], []

    def row(self) -> dict[str, Any]:
        """What is stored, empty fields left out."""
        row = {
            "id": self.id,
            "title": self.title,
            "year": self.year,
            "genre": self.genre,
            "director": self.director,
            "cast": self.cast,
            "mentions": self.mentions,
            "aliases": self.aliases,
            "also": self.also,
        }
        return {name: value for name, value in row.items() if value not in (None, [])}


def clean(text: str) -> str:
    """Text without HTML entities and tags and without doubled or outer spaces."""
    return " ".join(re.sub(r"<[^>]*>", "", html.unescape(text)).split())


def split_title(name: str) -> tuple[str, int | None]:
    """A title and its year: `split_title("Pari  (1995)")` is ('Pari', 1995)."""
    name = clean(name)
    year = _YEAR.search(name)
    return (_YEAR.sub("", name), int(year[1])) if year else (name, None)


def read(folder: Path, tally: Counter[str]) -> list[Film]:
    """One film for each usable record; records without title or number are counted and dropped."""
    with (folder / MENTIONS).open(encoding="utf-8", newline="") as file:
        mentions = {row["movieId"]: int(row["nbMentions"]) for row in csv.DictReader(file)}
    records = json.loads((folder / CREDITS).read_text(encoding="utf-8"))
    films = []
    for id_, record in sorted(records.items(), key=lambda item: int(item[0])):
        title, year = split_title(record["name"])
        if not fold(title):
            tally["dropped: no title"] += 1
            continue
        films.append(
            Film(
                id=id_,
                title=title,
                year=year,
                number=int(record["imdb_id"].removeprefix("tt")),
                mentions=mentions.get(id_, 0),
                genre=_distinct(record["genre"]),
                director=_distinct(record["director"]),
                cast=_distinct(record["star"]),
            )
        )
    tally["records read"] = len(records)
    return films


def merge(films: list[Film], tally: Counter[str]) -> list[Film]:
    """One film for each (IMDb number, title), the year taken from the record that has one."""
    groups: dict[tuple[int, tuple[str, ...]], list[Film]] = defaultdict(list)
    for film in films:
        groups[film.number, film.key].append(film)
    merged: list[Film] = []
    for group in groups.values():
        years = {film.year for film in group if film.year}
        same = [group] if len(years) < 2 else _by_year(group)
        merged += [_one_of(films, tally) for films in same]
    return sorted(merged, key=lambda film: int(film.id))


def withhold_doubtful_credits(films: Sequence[Film], tally: Counter[str]) -> None:
    """Empty genres and people where they are likely another film's; title and year stay.

    The source matched titles to IMDb by search, and a remake's title often got the original's
    credits. A film's year is compared with the median year of the 24 records nearest in IMDb
    number; of several films with one number, the most mentioned keeps the credits, but a title
    as short as 'It' comes last, because the search took it for a part of any other.
    """
    dated = sorted((film.number, film.year) for film in films if film.year)
    for film in films:
        if reason := _doubt(film, dated):
            tally[f"credits withheld: {reason}"] += 1
            film.withhold()
    by_number = defaultdict(list)
    for film in films:
        if film.genre or film.director or film.cast:
            by_number[film.number].append(film)
    for group in by_number.values():
        for film in sorted(group, key=_unlikeliness)[1:]:
            tally["credits withheld: another film has them"] += 1
            film.withhold()


def write(films: Iterable[Film], tally: Counter[str], path: Path = OUTPUT) -> None:
    """Header, then one JSON object a line, gzipped without name and time."""
    lines: list[dict[str, Any]] = [HEADER | {"build": dict(sorted(tally.items()))}]
    lines += [film.row() for film in films]
    text = "".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines
    )
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _by_year(group: list[Film]) -> list[list[Film]]:
    years: dict[int | None, list[Film]] = defaultdict(list)
    for film in group:
        years[film.year].append(film)
    return list(years.values())


def _one_of(films: list[Film], tally: Counter[str]) -> Film:
    first, *others = sorted(films, key=lambda film: (film.year is None, -film.mentions))
    for other in others:
        tally["merged: same film twice"] += 1
        first.mentions += other.mentions
        first.also.append(other.id)
        if other.title != first.title:
            first.aliases.append(other.title)
    return first


def _unlikeliness(film: Film) -> tuple[bool, bool, int]:
    return film.year is None, len(film.title) < 4, -film.mentions


def _doubt(film: Film, dated: list[tuple[int, int]]) -> str | None:
    if not (film.genre or film.director or film.cast):
        return None
    if NOT_OF_FILMS & set(film.genre):
        return "a broadcast's genre"
    if film.number >= TOO_NEW_FROM:
        return "registered after the corpus"
    if film.year is None:
        return None
    at = bisect_left(dated, (film.number, 0))
    near = [year for number, year in dated[max(0, at - 12) : at + 13] if number != film.number]
    gap = film.year - median(near) if near else 0
    earliest, latest = (-4, 9) if film.number < ORDERED_UP_TO else (-6, 13)
    return None if earliest <= gap <= latest else "the year fits another film"


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in map(clean, names) if name))


def build(folder: Path, path: Path = OUTPUT) -> Counter[str]:
    """Read, merge, check and write; returns the tally that is also printed."""
    tally: Counter[str] = Counter()
    films = merge(read(folder, tally), tally)
    withhold_doubtful_credits(films, tally)
    films.sort(key=lambda film: int(film.id))
    tally["films written"] = len(films)
    tally["films with genres"] = sum(bool(film.genre) for film in films)
    write(films, tally, path)
    return tally


def main(
    folder: Annotated[Path, typer.Argument(help=f"Folder with {CREDITS} and {MENTIONS}.")],
) -> None:
    """Build the packaged film catalogue."""
    for name in (CREDITS, MENTIONS):
        if not (folder / name).is_file():
            raise typer.BadParameter(f"{folder} has no {name}; see backend/catalogues/README.md")
    for what, count in sorted(build(folder).items()):
        typer.echo(f"{count:6,}  {what}")


if __name__ == "__main__":
    typer.run(main)
