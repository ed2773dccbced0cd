"""Dialogues written by hand for the demo: neither human nor simulated, and free to show anyone.

They stand in for people where no corpus may be shipped. The format is told at the top of
`demo.yaml`, which is packaged; a file of your own in the same format reads the same way.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from backend.catalogue import Catalogue
from backend.corpora import CorpusError, Report
from backend.corpora.reading import Located, entries, find, require_any
from backend.dialogue import (
    Act,
    ActKind,
    Attribute,
    Brief,
    Dialogue,
    Fact,
    Mention,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    Turn,
)
from backend.pool import Entry

CORPUS = "demo"
LICENCE = "MIT"

#: The dialogues that come with the app.
PACKAGED = Path(__file__).with_suffix(".yaml")

#: The seeker's mood.
MOODS = (
    "cheerful",
    "clueless parent",
    "curious",
    "distracted",
    "film buff",
    "grumpy",
    "in a hurry",
    "joking",
    "shy",
    "tired",
)

#: How it went: where it ended, how the recommender did, how it flowed.
OUTCOMES = (
    "success",
    "partial",
    "polite",  # accepted without enthusiasm
    "failure",
    "leaves",  # the seeker breaks off
    "repaired",  # a misunderstanding, cleared up
    "unrepaired",  # a misunderstanding, never cleared up
    "changes-mind",
    "excellent",
    "pushy",
    "forgets",
    "repeats",
    "smooth",
    "bumpy",
)

_LINE = re.compile(r"(?P<who>[sr]) \[(?P<acts>[a-z, ]+)\]: (?P<text>\S.*)")
_FILM = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]|]+))?\]\]")
_ROLES = {"s": Role.SEEKER, "r": Role.RECOMMENDER}


class _Wish(Fact):
    summary: str = Field(min_length=1)
    genre: tuple[str, ...] = ()
    director: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    decade: tuple[str, ...] = ()

    def scenario(self) -> Scenario:
        wanted = tuple(
            Attribute(name=name, value=value)
            for name in ("genre", "director", "cast", "decade")
            for value in getattr(self, name)
        )
        return Scenario(brief=Brief(summary=self.summary, attributes=wanted))


class _Written(Fact):
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    mood: str
    outcome: tuple[str, ...] = Field(min_length=1)
    wish: _Wish
    turns: str
    title: str | None = None
    pair: str | None = None
    quality: Literal["good", "poor"] | None = None
    practice: Literal["clear", "close"] | None = None
    why: str | None = None

    @model_validator(mode="after")
    def _says_what_belongs_together(self) -> Self:
        _require_known("mood", [self.mood], MOODS)
        _require_known("outcome", self.outcome, OUTCOMES)
        if (self.pair is None) != (self.quality is None):
            raise ValueError("`pair` and `quality` go together")
        if (self.practice is None) != (self.why is None):
            raise ValueError("`practice` and `why` go together")
        return self

    def notes(self) -> dict[str, Any]:
        notes = self.model_dump(
            mode="json", exclude_none=True, exclude={"id", "wish", "turns", "practice"}
        )
        if self.practice:
            notes |= {"practice": True, "telling": self.practice}
        return notes


class _Block(NamedTuple):
    """One dialogue as YAML gave it, and the line its turns begin at."""

    fields: dict[str, Any]
    turns_line: int


def read(path: Path, report: Report) -> Iterator[Entry]:
    """One entry a dialogue, both players authored. Raises CorpusError for what is no such file.

    `path` is a file or a folder of them; the packaged one is `PACKAGED`. A dialogue with a fault
    is reported with its id and line, and left out. `provenance.notes` holds mood, outcome and,
    where given, title, pair, quality, practice (true), telling (clear, close) and why.
    """
    catalogue = Catalogue.load()
    first_lines: dict[str, str] = {}

    def convert(located: Located) -> Entry:
        where, block = located
        entry = _entry(block, catalogue)
        before = first_lines.setdefault(entry.dialogue.provenance.source_id, where)
        if before != where:
            raise ValueError(f"the id is taken by {before}; ids are unique")
        return entry

    for file in find(path, CORPUS, ("*.yaml",)):
        blocks = _blocks(file)
        yield from entries(((where, (where, block)) for where, block in blocks), convert, report)
    require_any(report, path, CORPUS, "a YAML list of dialogues with id, mood, outcome, wish, turns")


def _blocks(file: Path) -> Iterator[Located]:
    """Each dialogue with the words that say where it stands. All values are plain strings."""
    try:
        loader = yaml.BaseLoader(file.read_text("utf-8"))
        root = loader.get_single_node()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{file.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(root, yaml.SequenceNode):
        raise CorpusError(f"{file.name} is no list of dialogues; each begins with `- id: ...`")
    for node in root.value:
        line = node.start_mark.line + 1
        fields = loader.construct_object(node, deep=True)
        name = fields.get("id") if isinstance(fields, dict) else None
        turns = [key for key, _ in node.value if key.value == "turns"] if name else []
        # A literal block's first line is the one below its key.
        turns_line = turns[0].start_mark.line + 2 if turns else line
        yield f"{file.name}, dialogue {name!r} (line {line})", _Block(fields, turns_line)


def _entry(block: _Block, catalogue: Catalogue) -> Entry:
    try:
        written = _Written.model_validate(block.fields)
    except ValidationError as error:
        raise ValueError(_fault(error)) from error
    turns = tuple(_turns(written.turns, block.turns_line, catalogue))
    if {turn.role for turn in turns} != set(Role):
        raise ValueError("`turns` needs lines of both, s and r")
    authored = Player(origin=Origin.AUTHORED)
    return Entry(
        dialogue=Dialogue(
            turns=turns,
            seeker=authored,
            recommender=authored,
            scenario=written.wish.scenario(),
            provenance=Provenance(
                corpus=CORPUS, source_id=written.id, licence=LICENCE, notes=written.notes()
            ),
        )
    )


def _turns(text: str, first_line: int, catalogue: Catalogue) -> Iterator[Turn]:
    for number, line in enumerate(text.splitlines(), first_line):
        if not line.strip():
            continue
        try:
            yield _turn(line.strip(), catalogue)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error


def _turn(line: str, catalogue: Catalogue) -> Turn:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise ValueError(f"{line!r} is no turn; write `s [act, act]: text` or `r [act]: text`")
    acts = [word.strip() for word in parts["acts"].split(",")]
    _require_known("act", acts, [kind.value for kind in ActKind])
    text = _FILM.sub(r"\1", parts["text"])
    if "[[" in text or "]]" in text:
        raise ValueError("a film's brackets don't close; write [[Title (Year)]] or [[typed|Title]]")
    mentions = [_mention(film[2] or film[1], catalogue) for film in _FILM.finditer(parts["text"])]
    return Turn(
        role=_ROLES[parts["who"]],
        text=text,
        acts=tuple(Act(kind=ActKind(act)) for act in acts),
        mentions=tuple(dict.fromkeys(mentions)),
    )


def _mention(film: str, catalogue: Catalogue) -> Mention:
    """The catalogue's item, if one has this title, and this year give or take one where given.

    A year either way, because a festival and a cinema release often differ by that much.
    """
    title, year = re.fullmatch(r"(.+?)(?: \((\d{4})\))?", film.strip()).groups()  # type: ignore[union-attr]
    for item in catalogue.search(title):
        named = title.casefold() in {name.casefold() for name in (item.title, *item.aliases)}
        if named and (year is None or (item.year and abs(item.year - int(year)) <= 1)):
            return item.mention()
    return Mention(title=film.strip())


def _require_known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    for word in given:
        if word not in known:
            raise ValueError(f"no {what} {word!r}; there are {', '.join(known)}")


def _fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, fault["loc"]))
    return f"{place}: {fault['msg']}" if place else fault["msg"].removeprefix("Value error, ")
