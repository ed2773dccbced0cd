"""Rules that tell whether words in a text are meant as a film title ('It', 'Up')."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from backend.catalogues.phrases import ARTICLES, Word

#: Words before or after a lower-case title that make it one: "have you seen moana".
_BEFORE = """see seen saw watch watched watching rewatch rewatched like liked likes love loved enjoy
    enjoyed hated recommend recommended suggest suggested try tried called named film movie movies
    films about favorite favourite"""
_AFTER = """is was are were looks sounds seems has had with starring from by and or too yet movie
    film"""
BEFORE = frozenset(_BEFORE.split())
AFTER = frozenset(_AFTER.split())

#: "Anything else?" is a film by Woody Allen, and hardly ever meant.
INDEFINITE = frozenset({"anything", "something", "everything", "nothing", "what", "every"})
SMALL = frozenset(
    {"of", "the", "a", "an", "and", "in", "on", "to", "for", "or", "with", "at", "by"}
)

_CLOSED = re.compile(r"\s*[.,!?;)]")
_LISTED = re.compile(r"[\s,]*(?:and|or|&)?\s*")
_SENTENCE_END = re.compile(r"[.!?:;\n]")
#: Marks before a year in brackets may be the title's own: 'Why Him? (2016)'.
_TRAILING_YEAR = re.compile(r"(?:[\"”’'*]?\s*,?\s*\(?|[!?]+\s*\()((?:18|19|20)\d\d)\b\)?")
_QUOTES = '"“”«»„*_'


@lru_cache
def common_words() -> frozenset[str]:
    """Everyday words that are titles too, from common_words.txt."""
    path = Path(__file__).with_name("common_words.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if line[:1] != "#" for word in line.split())


@dataclass(frozen=True, slots=True)
class TitleContext:
    """Words `first` to `last` (exclusive) of a text; `previous` is where the last item ended."""

    text: str
    spoken: Sequence[Word]
    first: int
    last: int
    previous: int | None = None

    @property
    def span(self) -> Sequence[Word]:
        """The words of the candidate."""
        return self.spoken[self.first : self.last]


def year_after(text: str, at: int) -> tuple[int, int] | None:
    """A year that follows a title ending at `at`, bare or in brackets, and where it ends."""
    year = _TRAILING_YEAR.match(text, at)
    return (int(year[1]), year.end()) if year else None


def is_named(place: TitleContext, plain: frozenset[str]) -> bool:
    """Whether the words at this place are meant as a title; `plain` words never are, alone."""
    if _is_quoted(place):
        return True
    span = place.span
    core = span[1:] if len(span) > 1 and span[0].folded in ARTICLES else span
    alone = core[0].folded if len(core) == 1 else ""
    if len(alone) == 1 or alone in plain:
        return False
    rare = any(word.folded not in common_words() for word in core)
    if (rare and len(span) > 1) or len(span) > 3 or _is_capitalised(place):
        return True
    if core[0].folded in INDEFINITE:
        return False
    return (len(core) > 1 or (rare and not alone.isdigit())) and _has_cue(place)


def _is_quoted(place: TitleContext) -> bool:
    start, end = place.span[0].start, place.span[-1].end
    before = place.text[max(0, start - 1) : start]
    after = place.text[end : end + 4].lstrip(".,!?")[:1]
    if not before or not after:
        return False
    return (before in _QUOTES and after in _QUOTES) or (before in "'‘" and after in "'’")


def _is_capitalised(place: TitleContext) -> bool:
    """Capitals where plain prose has none; in a text that is all capitals they say nothing."""
    span, spoken = place.span, place.spoken
    starts_sentence = place.first == 0 or bool(
        _SENTENCE_END.search(place.text, spoken[place.first - 1].end, span[0].start)
    )
    if len(span) == 1 and (starts_sentence or _is_part_of_a_name(place)):
        return False
    big = [word.raw[0].isupper() or word.raw[0].isdigit() for word in span]
    proper = [word for word in span if word.raw[0].isupper() and word.folded != "i"]
    return (
        big[0]
        and len(proper) > int(starts_sentence)
        and all(is_big or word.folded in SMALL for word, is_big in zip(span, big, strict=True))
        and any(word.raw.islower() for word in spoken)
    )


def _is_part_of_a_name(place: TitleContext) -> bool:
    """Whether another capitalised word stands beside: 'Queen Latifah' is not the film 'Queen'."""
    spoken, start, end = place.spoken, place.span[0].start, place.span[-1].end
    before = spoken[place.first - 1] if place.first > 1 else None
    after = spoken[place.last] if place.last < len(spoken) else None
    return bool(
        (before and before.end + 1 == start and before.raw[0].isupper() and before.folded != "i")
        or (after and after.start == end + 1 and after.raw[0].isupper())
    )


def _has_cue(place: TitleContext) -> bool:
    spoken, end = place.spoken, place.span[-1].end
    before = spoken[place.first - 1].folded if place.first else None
    after = spoken[place.last].folded if place.last < len(spoken) else None
    closed = after is None or bool(_CLOSED.match(place.text, end))
    listed = place.previous is not None and _LISTED.fullmatch(
        place.text, place.previous, place.span[0].start
    )
    if listed or (before is None and closed):
        return True
    ends = closed or after in AFTER
    return ends and (before in BEFORE or (before is None and after in AFTER))
