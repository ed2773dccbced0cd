"""Fixtures of a paid crowd at work, and of everybody's place in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations import doors
from annotations.study import Study
from backend.database import Database
from tests.annotations.crowd.working_crowd import NAMES, PAID, stored, walk


@pytest.fixture
def paid(tmp_path: Path) -> Iterator[tuple[Database, Study]]:
    database, study = stored(tmp_path, PAID)
    yield database, study
    database.close()


@pytest.fixture
def crowd(paid: tuple[Database, Study]) -> tuple[Database, Study]:
    """One rater at each step, and two who declined."""
    database, study = paid
    for name in NAMES:
        walk(database, study, name, name)
    doors.decline(database, study)
    doors.decline(database, study)
    return paid
