"""A rater's steps through a study. The current step is derived from what is stored."""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from annotations import records
from annotations.doors import Visit, come_in
from annotations.questions import Answer, check_answers
from annotations.study import Study
from backend.database import Database


class JourneyStep(StrEnum):
    """A rater's current step in a study."""

    CONSENT = "consent"
    INSTRUCTIONS = "instructions"
    PRACTICE = "practice"
    ABOUT = "about"
    TASK = "task"
    DONE = "done"
    SCREENED_OUT = "screened_out"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class RaterProgress:
    """A rater's place in a study. `attempt` counts tries of the practice, from 1."""

    step: JourneyStep
    number: int | None = None
    practised: int = 0
    attempt: int = 1
    done: int = 0
    planned: int = 0
    finished: bool = False


def join(database: Database, study: Study, who: Visit | str, crowd: str = records.PEOPLE) -> None:
    """Store a rater's consent to the current text. Doing it twice changes nothing.

    Raises NoConsent for another study's personal link, and for a rater who has withdrawn.
    """
    visit = Visit(who) if isinstance(who, str) else who
    now = time.time()
    with database.writing() as db:
        home = db.conn.execute(
            "SELECT study, withdrawn_at FROM raters WHERE id = ?", [visit.rater]
        ).fetchone()
        if home and home[0] != study.name:
            raise records.NoConsent("this personal link belongs to another study")
        if home and home[1]:
            raise records.NoConsent("this rater has withdrawn")
        db.conn.execute(
            "INSERT INTO raters (id, study, crowd, number, created_at) "
            "SELECT ?, ?, ?, ifnull(max(number), 0) + 1, ? FROM raters WHERE study = ? "
            "ON CONFLICT DO NOTHING",
            [visit.rater, study.name, crowd, now, study.name],
        )
        db.conn.execute(
            "INSERT INTO consents (rater, version, text, at) "
            "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [visit.rater, study.consent.version, study.consent.text, now],
        )
        come_in(db, study, visit, now)


def instructed(database: Database, rater: str) -> None:
    """Record that a rater has finished reading the instructions."""
    with database.writing() as db:
        db.conn.execute(
            "UPDATE raters SET instructed_at = ? WHERE id = ? AND instructed_at IS NULL",
            [time.time(), rater],
        )


def tell_about(database: Database, study: Study, rater: str, answers: dict[str, Any]) -> None:
    """Store a rater's answers about themselves; later answers do not replace the first ones.

    Raises AnswerError, NoConsent.
    """
    checked = check_answers(list(study.about), answers)
    now = time.time()
    with database.writing() as db:
        records.require_consent(db, rater)
        db.conn.executemany(
            "INSERT INTO backgrounds (rater, question, number, text, at) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(rater, name, *_columns(answer), now) for name, answer in checked.items()],
        )
        db.conn.execute(
            "UPDATE raters SET about_at = ? WHERE id = ? AND about_at IS NULL", [now, rater]
        )


def report(
    database: Database, study: Study, rater: str, text: str, assignment: int | None = None
) -> None:
    """Store a problem that a rater reports, with the screen it is about. Raises NoConsent."""
    with database.writing() as db:
        records.require_consent(db, rater)
        db.conn.execute(
            "INSERT INTO reports (study, rater, assignment, text, at) VALUES (?, ?, ?, ?, ?)",
            [study.name, rater, assignment, text.strip()[:2000], time.time()],
        )


def standing(database: Database, study: Study, rater: str) -> RaterProgress:
    """Return a rater's progress. An unknown rater is at the consent step."""
    row = database.row(
        """
        SELECT number, instructed_at, completed_at, practised, attempt, about_at, screened_at,
            withdrawn_at,
            (SELECT count(*) FROM assignments
             WHERE rater = r.id AND (state IN ('done', 'late')
                OR id IN (SELECT assignment FROM skips))) AS done
        FROM raters AS r WHERE id = ? AND study = ?
        """,
        [rater, study.name],
    )
    if row is None:
        return RaterProgress(JourneyStep.CONSENT)
    planned = sum(task.units_per_rater for task in study.tasks) + len(study.checks)
    step = _step(study, row)
    finished = row["completed_at"] is not None
    places = row["number"], row["practised"], row["attempt"], row["done"]
    return RaterProgress(step, *places, planned, finished)


def _step(study: Study, row: dict[str, Any]) -> JourneyStep:
    if row["withdrawn_at"]:
        return JourneyStep.WITHDRAWN
    if row["screened_at"]:
        return JourneyStep.SCREENED_OUT
    if row["completed_at"]:
        return JourneyStep.DONE
    if not row["instructed_at"]:
        return JourneyStep.INSTRUCTIONS
    if row["practised"] < len(study.practice):
        return JourneyStep.PRACTICE
    if study.about and not row["about_at"]:
        return JourneyStep.ABOUT
    return JourneyStep.TASK


def _columns(answer: Answer) -> tuple[float | None, str | None]:
    return (None, str(answer)) if isinstance(answer, str | list) else (answer, None)
