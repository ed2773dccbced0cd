"""Opens the database with all tables, and stores a protocol as a study with its units."""

from pathlib import Path

import numpy as np

from annotations import records, schema
from annotations.study import Study
from backend import pool
from backend.database import Database
from backend.pool import Pool


def open_database(path: Path) -> Database:
    """The database file with the tables of the pool and of the records. Raises DatabaseError."""
    return Database(path, pool.migrations, schema.migrations)


def set_up(database: Database, study: Study) -> bool:
    """Draw the study's units by its seed and store both. Returns whether the study is new.

    Raises StudyError when the pool lacks dialogues or another protocol has the study's name.
    """
    if study.name in records.study_names(database) + records.unreadable_studies(database):
        return records.open_study(database, study, {})
    dialogues = Pool(database)
    units = {
        task.id: task.build(dialogues, np.random.default_rng([study.seed, number]))
        for number, task in enumerate(study.tasks)
    }
    return records.open_study(database, study, units)
