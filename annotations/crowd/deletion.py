"""Deletion of a whole study with its units, judgments and raters."""

import time
from dataclasses import dataclass

from annotations import records
from annotations.crowd import staff, withdrawal
from backend.database import Database

#: A rater who has not finished counts as under way for this many hours after their last step.
UNDER_WAY_HOURS = 24


@dataclass(frozen=True)
class Contents:
    """What a study holds: units, raters of every crowd, answers, and people who are under way."""

    units: int
    raters: int
    answers: int
    under_way: int


def contents(database: Database, name: str, *, now: float | None = None) -> Contents:
    """What the deletion of a study would delete. Raises StudyError if there is no such study.

    The protocol is not read, so that a study whose protocol can't be read can be deleted, too.
    """
    now = time.time() if now is None else now
    records.require_stored(database, name)
    row = database.rows(
        """
        SELECT (SELECT count(*) FROM units WHERE study = :study) AS units,
            (SELECT count(*) FROM raters WHERE study = :study) AS raters,
            (SELECT count(*) FROM judgments AS j JOIN submissions AS s ON s.key = j.submission
             JOIN assignments AS a ON a.id = s.assignment WHERE a.study = :study) AS answers,
            (SELECT count(*) FROM raters AS r WHERE study = :study AND crowd = :people
                AND completed_at IS NULL AND screened_at IS NULL AND withdrawn_at IS NULL
                AND max(created_at, ifnull(instructed_at, 0), ifnull(about_at, 0),
                    ifnull((SELECT max(max(claimed_at, ifnull(done_at, 0)))
                            FROM assignments WHERE rater = r.id), 0)) > :since) AS under_way
        """,
        {"study": name, "people": records.PEOPLE, "since": now - UNDER_WAY_HOURS * 3600},
    )[0]
    return Contents(**row)


def delete(database: Database, name: str, *, who: str) -> Contents:
    """Delete a study with everything that its raters gave; return what it held.

    Chats of its raters leave the pool; the other dialogues stay. The audit log keeps that the
    study was deleted. Raises StudyError if there is no such study.
    """
    now = time.time()
    held = contents(database, name, now=now)
    with database.writing() as db:
        raters = db.conn.execute("SELECT id FROM raters WHERE study = ?", [name]).fetchall()
        for (rater,) in raters:  # rows of answers can be deleted only once a rater has withdrawn
            withdrawal.erase(database, db, rater, now)
        for statement in _STATEMENTS:
            db.conn.execute(statement, {"study": name})
        staff.note(database, who, "delete study", name, **vars(held))
    database.settle()
    return held


_RATERS = "(SELECT id FROM raters WHERE study = :study)"
_ASSIGNMENTS = "(SELECT id FROM assignments WHERE study = :study)"

# Rows before the rows that they refer to.
_STATEMENTS = (
    f"DELETE FROM skips WHERE assignment IN {_ASSIGNMENTS}",
    f"DELETE FROM lobby WHERE assignment IN {_ASSIGNMENTS}",
    "DELETE FROM seats WHERE game IN (SELECT id FROM games WHERE study = :study)",
    "DELETE FROM games WHERE study = :study",
    "DELETE FROM exclusions WHERE study = :study",
    "DELETE FROM reports WHERE study = :study",
    "DELETE FROM invites WHERE study = :study",
    "DELETE FROM refusals WHERE study = :study",
    f"DELETE FROM withdrawals WHERE rater IN {_RATERS}",
    f"DELETE FROM consents WHERE rater IN {_RATERS}",
    "DELETE FROM assignments WHERE study = :study",
    "DELETE FROM units WHERE study = :study",
    "DELETE FROM raters WHERE study = :study",
    "DELETE FROM studies WHERE name = :study",
)
