"""What tests of corpora share: reading all of one, and an empty pool."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from backend.corpora import ImportReport, reader
from backend.database import Database
from backend.pool import Entry, Pool, migrations


class Outcome(NamedTuple):
    """All a reader yielded, and its report."""

    entries: list[Entry]
    report: ImportReport


Read = Callable[[str, Path], Outcome]


@pytest.fixture(scope="session")
def read() -> Read:
    """A function that reads a whole corpus."""

    def _read(corpus: str, path: Path) -> Outcome:
        report = ImportReport()
        return Outcome(list(reader(corpus)(path, report)), report)

    return _read


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    """An empty pool in a file of its own."""
    database = Database(tmp_path / "pool.db", migrations)
    yield Pool(database)
    database.close()
