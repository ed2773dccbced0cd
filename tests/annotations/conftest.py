"""Fixtures: a stored small study, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations.study import Study
from backend.database import Database
from tests.annotations.studies import small


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[tuple[Database, Study]]:
    """An open database with the small study, judged by nobody."""
    database, study = small(tmp_path / "small.db")
    yield database, study
    database.close()
