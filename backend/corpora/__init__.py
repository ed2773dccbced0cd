"""Readers of corpora, one for each dataset: they yield pool entries and report what is left out.

To add a corpus, write one file with a `read` function and add one line to `READERS`.
"""

import pkgutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from backend.pool import Entry

#: Corpus name -> reader, resolved on first use so that one broken reader breaks one corpus.
READERS: dict[str, str] = {
    "ab-redial": "backend.corpora.ab_redial:read",
    "cpcd": "backend.corpora.cpcd:read",
    "crsarena-eval": "backend.corpora.crsarena_eval:read",
    "demo": "backend.corpora.demo:read",
    "dialoguekit": "backend.corpora.dialoguekit:read",
    "iard": "backend.corpora.iard:read",
    "jsonl": "backend.corpora.jsonl:read",
    "laps": "backend.corpora.laps:read",
    "redial": "backend.corpora.redial:read",
    "usersimcrs": "backend.corpora.usersimcrs:read",
}


class CorpusError(Exception):
    """The path can't be read as this corpus at all; the message says what was expected."""


@dataclass
class ImportReport:
    """What a reader met: units read, units left out by reason, and lines that were broken.

    A unit is a dialogue unless the reader says otherwise in `unit`.
    """

    unit: str = "dialogue"
    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: str) -> None:
        """Count one unit that was read and is not imported."""
        self.left_out[reason] += 1

    def break_at(self, where: str, why: str) -> None:
        """Note one record that could not be read; `where` names file and line or record."""
        self.broken.append(f"{where}: {why}")

    def note(self, what: str, count: int = 1) -> None:
        """Count something repaired or dropped inside units that were imported."""
        self.notes[what] += count


class CorpusReader(Protocol):
    """A dataset's reader: yields entries in file order and fills the report as it goes.

    Streams: never holds a whole line-based file. Raises CorpusError if nothing there fits.
    """

    def __call__(self, path: Path, report: ImportReport) -> Iterator[Entry]:
        """The entries of the file, or of the folder's files, at `path`."""
        ...


def reader(corpus: str) -> CorpusReader:
    """The reader registered under this name. Raises CorpusError naming those there are."""
    if corpus not in READERS:
        raise CorpusError(f"no corpus {corpus!r}; there are {', '.join(sorted(READERS))}")
    found: CorpusReader = pkgutil.resolve_name(READERS[corpus])
    return found
