"""demo: dialogues written for Uncanny by its authors, neither human nor simulated. Licence MIT.

Source: the YAML files beside this one, whose first file explains the format.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from backend.catalogue import Catalogue
from backend.corpora import CorpusError, ImportReport
from backend.dialogue import (
    Act,
    ActKind,
    Attribute,
    Brief,
    Dialogue,
    Mention,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    Turn,
)
from backend.pool import Entry

#: The folder with the packaged dialogues.
PACKAGED = Path(__file__).parent / "demo_dialogues"

_ROLES = {"s": Role.SEEKER, "r": Role.RECOMMENDER}
_LINE = re.compile(r"(?P<role>[sr]) \[(?P<acts>[a-z, ]*)\]: (?P<text>.+)", re.DOTALL)
_FILM = re.compile(r"\[\[(?P<title>[^\]]+?)(?: \((?P<year>\d{4})\))?\]\]")


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """Entries in file order. A dialogue that breaks the format is reported, the rest is read.

    Raises CorpusError where `path` holds no such YAML.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise CorpusError(f"{path}: expected the demo's YAML files")
    for file in files:
        try:
            written: Any = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
        except (YAMLError, UnicodeDecodeError) as error:
            raise CorpusError(f"{file.name} is not YAML: {error}") from None
        places = getattr(written, "lc", None)
        if places is None or not isinstance(written, list):
            raise CorpusError(f"{file.name}: expected a list of dialogues")
        for index, one in enumerate(written):
            report.read += 1
            try:
                yield Entry(dialogue=_dialogue(one))
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                line = places.item(index)[0] + 1
                report.break_at(f"{file.name}, line {line}, {one.get('id', '?')}", str(error))


def _dialogue(one: Any) -> Dialogue:
    author = Player(origin=Origin.AUTHORED)
    attributes = tuple(Attribute(name=k, value=str(v)) for k, v in one["attributes"].items())
    return Dialogue(
        turns=tuple(_turn(line) for line in one["turns"]),
        seeker=author,
        recommender=author,
        scenario=Scenario(brief=Brief(summary=one["wish"], attributes=attributes)),
        provenance=Provenance(
            corpus="demo",
            source_id=one["id"],
            licence="MIT, written for Uncanny",
            notes={"mood": one["mood"], "outcome": one["outcome"]},
        ),
    )


def _turn(line: str) -> Turn:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise ValueError(f"{line[:40]!r} is not like `s [request]: text`")
    acts = [ActKind(name.strip()) for name in parts["acts"].split(",") if name.strip()]
    mentions = tuple(
        Mention(title=_shown(film), item=_item(film["title"], film["year"]))
        for film in _FILM.finditer(parts["text"])
    )
    items = tuple(mention.item for mention in mentions if mention.item)
    return Turn(
        role=_ROLES[parts["role"]],
        text=_FILM.sub(_shown, parts["text"]),
        acts=tuple(Act(kind=kind, items=items) for kind in acts),
        mentions=mentions,
    )


def _shown(film: re.Match[str]) -> str:
    return film["title"] + (f" ({film['year']})" if film["year"] else "")


@cache
def _item(title: str, year: str | None) -> str | None:
    """The catalogue id of a film, where the catalogue has one of exactly that title and year."""
    for item in Catalogue.load().search(title):
        if item.title.casefold() == title.casefold() and year in (None, str(item.year)):
            return item.id
    return None
