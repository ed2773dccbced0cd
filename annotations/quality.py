"""What keeps judgments trustworthy: practice with feedback, and exclusions as data."""

import time

import pandas as pd

from annotations.records import require_consent
from annotations.study import Study
from backend.database import Database


def practise(database: Database, study: Study, rater: str, example: int, answer: str) -> None:
    """Store a practice answer; the first one stands. Raises NoConsent."""
    with database.writing() as db:
        require_consent(db, rater)
        db.conn.execute(
            "INSERT INTO practice VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [rater, example, answer, answer == study.practice[example].answer, time.time()],
        )


def practised(database: Database, rater: str, example: int) -> None:
    """Note that a rater has read the feedback on an example and gone on."""
    with database.writing() as db:
        db.conn.execute(
            "UPDATE raters SET practised = max(practised, ?) WHERE id = ?", [example + 1, rater]
        )


def practice_answer(database: Database, rater: str, example: int) -> str | None:
    """The stored practice answer, if any."""
    row = database.row(
        "SELECT answer FROM practice WHERE rater = ? AND example = ?", [rater, example]
    )
    return row["answer"] if row else None


def exclude(
    database: Database,
    study: str,
    *,
    rule: str,
    reason: str,
    who: str,
    rater: str | None = None,
    assignment: int | None = None,
) -> None:
    """Set a rater or one assignment's judgments aside, as data. Nothing is deleted."""
    with database.writing() as db:
        db.conn.execute(
            "INSERT INTO exclusions (study, rater, assignment, rule, reason, who, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [study, rater, assignment, rule, reason, who, time.time()],
        )


def revoke(database: Database, study: str, *, rater: str) -> None:
    """Let an excluded rater's judgments count again; the exclusion stays on record as revoked."""
    with database.writing() as db:
        db.conn.execute(
            "UPDATE exclusions SET revoked_at = ? "
            "WHERE study = ? AND rater = ? AND revoked_at IS NULL",
            [time.time(), study, rater],
        )


def exclusions(database: Database, study: str) -> pd.DataFrame:
    """Exclusions: rater, task, unit (both absent where a rater is excluded), rule, reason, who,
    at, revoked_at."""
    return database.frame(
        """
        SELECT ifnull(e.rater, a.rater) AS rater, a.task, a.unit, rule, reason, who, at, revoked_at
        FROM exclusions AS e LEFT JOIN assignments AS a ON a.id = e.assignment
        WHERE e.study = ? ORDER BY e.id
        """,
        [study],
    )
