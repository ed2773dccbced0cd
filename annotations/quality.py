"""Quality control: practice with feedback, and exclusions of raters, stored as data."""

import time

import pandas as pd

from annotations.records import require_consent
from annotations.study import Study
from backend.database import Database


def practise(database: Database, study: Study, rater: str, example: int, answer: str) -> None:
    """Store a practice answer, unless this try already has one. Raises NoConsent."""
    with database.writing() as db:
        require_consent(db, rater)
        db.conn.execute(
            "INSERT INTO practice (rater, attempt, example, answer, correct, at) "
            "SELECT id, attempt, ?, ?, ?, ? FROM raters WHERE id = ? ON CONFLICT DO NOTHING",
            [example, answer, answer == study.practice[example].answer, time.time(), rater],
        )


def practised(database: Database, study: Study, rater: str, example: int, attempt: int = 1) -> None:
    """Record that a rater has read the feedback on an example; repeated calls change nothing.

    After the last example the pass mark is applied: with too few right answers, the rater gets
    another try or is screened out.
    """
    mark = study.quality.practice
    with database.writing() as db:
        moved = db.conn.execute(
            "UPDATE raters SET practised = ? WHERE id = ? AND practised = ? AND attempt = ?",
            [example + 1, rater, example, attempt],
        ).rowcount
        if not moved or mark is None or example + 1 < len(study.practice):
            return
        (right,) = db.conn.execute(
            "SELECT ifnull(sum(correct), 0) FROM practice WHERE rater = ? AND attempt = ?",
            [rater, attempt],
        ).fetchone()
        if right >= mark.right:
            return
        if attempt < mark.tries:
            db.conn.execute(
                "UPDATE raters SET attempt = ?, practised = 0 WHERE id = ?", [attempt + 1, rater]
            )
        else:
            db.conn.execute("UPDATE raters SET screened_at = ? WHERE id = ?", [time.time(), rater])


def practice_answer(database: Database, rater: str, example: int) -> str | None:
    """The stored practice answer of the current try, if any."""
    row = database.row(
        "SELECT answer FROM practice AS p JOIN raters AS r ON r.id = p.rater "
        "AND r.attempt = p.attempt WHERE rater = ? AND example = ?",
        [rater, example],
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
    """Store an exclusion of a rater or of one assignment's judgments. Nothing is deleted."""
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
