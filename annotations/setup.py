"""From a protocol and a pool to a stored study with its units."""

import numpy as np

from annotations import records
from annotations.study import Study
from backend.database import Database
from backend.pool import Pool


def set_up(database: Database, study: Study) -> bool:
    """Draw the study's units by its seed and store both. Returns whether the study is new.

    Raises StudyError when the pool lacks dialogues or another protocol has the study's name.
    """
    if study.name in records.study_names(database):
        return records.open_study(database, study, {})
    pool = Pool(database)
    units = {
        task.id: task.build(pool, np.random.default_rng([study.seed, number]))
        for number, task in enumerate(study.tasks)
    }
    return records.open_study(database, study, units)
