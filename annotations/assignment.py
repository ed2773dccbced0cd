"""Assignment of units to raters: claims with a time limit, submissions and corrections.

Every function is one transaction.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

import sqlite_utils

from annotations import balance, records
from annotations.questions import Answer, Question, check_answers
from annotations.study import Study
from backend.database import Database


class Stale(Exception):
    """The page acted on an assignment that has changed since; it should show the current state."""


@dataclass(frozen=True)
class Assignment:
    """One unit assigned to one rater under a lease. `revision` is the latest one, 0 before any."""

    id: int
    study: str
    task: str
    unit: str
    rater: str
    position: int
    swapped: bool
    seed: int
    state: str
    lease_until: float
    revision: int = 0

    @property
    def next_key(self) -> str:
        """The idempotency key of the next submission; a double click sends the same key."""
        return f"{self.id}:{self.revision + 1}"


def claim(
    database: Database, study: Study, rater: str, *, now: float | None = None
) -> Assignment | None:
    """Return the rater's open assignment with its lease renewed, or a new one; None if finished.

    Units of the current task whose dialogues this rater has not read come first, then the least
    filled unit. Its fill is done assignments plus live leases in this crowd. A hash of rater and
    unit breaks ties. A unit filled to `wanted` is never assigned. Pairs are shown in the order
    used less often for that unit so far. Checks appear at positions drawn for each rater.
    Raises NoConsent.
    """
    now = time.time() if now is None else now
    lease = now + study.lease_minutes * 60
    with database.writing() as db:
        crowd = records.require_consent(db, rater)
        mine = _mine(db, rater)
        if kept := _renew(db, study, mine, now):
            return kept
        units = records.unit_dialogues(database, study.name)
        for task in balance.task_order(study, rater):
            had = [a for a in mine if a["task"] == task and a["counts"]]
            check = balance.check_now(study, task, rater, [a["unit"] for a in had])
            if check:
                return _give(db, study, task, check, rater, crowd, len(mine), lease, now)
            measured = sum((task, a["unit"]) in units for a in had)
            if measured >= study.task(task).units_per_rater:
                continue
            chosen = balance.least_filled(db, units, study, task, crowd, rater, mine, now)
            if chosen is None:
                continue
            return _give(db, study, task, chosen, rater, crowd, len(mine), lease, now)
        db.conn.execute(
            "UPDATE raters SET completed_at = ? WHERE id = ? AND completed_at IS NULL",
            [now, rater],
        )
        return None


def save_draft(database: Database, assignment: Assignment, answers: dict[str, Any]) -> None:
    """Keep answers that are not submitted yet, so that a reload finds them. Raises NoConsent."""
    with database.writing() as db:
        records.require_consent(db, assignment.rater)
        db.conn.execute(
            "INSERT OR REPLACE INTO drafts (assignment, answers) VALUES (?, ?)",
            [assignment.id, json.dumps(answers)],
        )


def draft(database: Database, assignment: Assignment) -> dict[str, Any]:
    """Answers kept by `save_draft`, else the submitted ones, else none."""
    row = database.row("SELECT answers FROM drafts WHERE assignment = ?", [assignment.id])
    if row:
        kept: dict[str, Any] = json.loads(row["answers"])
        return kept
    rows = database.rows(
        "SELECT question, number, text, turns FROM held_judgments WHERE assignment = ?",
        [assignment.id],
    )
    return {
        r["question"]: json.loads(r["turns"]) if r["turns"] else r["text"] or r["number"]
        for r in rows
    }


def submit(
    database: Database,
    study: Study,
    assignment: Assignment,
    answers: dict[str, Any],
    *,
    key: str,
    seconds: float,
    form: list[Question] | None = None,
    now: float | None = None,
) -> int:
    """Store a submission and its judgments durably; return its revision.

    `form` lists the questions asked, where they depend on more than the task. Submitting the
    same `key` twice stores one submission; other answers under a key that is taken come from
    another window and are refused as Stale, never dropped in silence. An expired lease is honoured
    while the unit still has room; otherwise the answers are kept as `late` and excluded by rule, so
    that no answer is lost and no unit over-filled. Raises AnswerError for invalid answers, Stale
    for a key that is not the next one, NoConsent for a rater who has withdrawn.
    """
    now = time.time() if now is None else now
    checked = check_answers(form or study.task(assignment.task).form(), answers)
    with database.writing() as db:
        records.require_consent(db, assignment.rater)
        held = _assignment(db, assignment.id)
        if held is None or held.rater != assignment.rater or key != held.next_key:
            row = db.conn.execute(
                "SELECT revision FROM submissions WHERE key = ?", [key]
            ).fetchone()
            if row and _stored(db, key) == {
                name: _columns(value) for name, value in checked.items()
            }:
                return int(row[0])
            raise Stale("This answer was changed in another window. Here is what is stored now.")
        if held.state in ("open", "released"):
            _finish(db, study, held, now)
        db.conn.execute(
            "INSERT INTO submissions (key, assignment, revision, seconds, at) "
            "VALUES (?, ?, ?, ?, ?)",
            [key, held.id, held.revision + 1, max(0.0, seconds), now],
        )
        db.conn.executemany(
            "INSERT INTO judgments (submission, question, number, text, turns) "
            "VALUES (?, ?, ?, ?, ?)",
            [(key, question, *_columns(answer)) for question, answer in checked.items()],
        )
        db.conn.execute("DELETE FROM drafts WHERE assignment = ?", [held.id])
        return held.revision + 1


def seconds_since_claimed(
    database: Database, assignment: Assignment, *, now: float | None = None
) -> float:
    """Seconds since an assignment was given out, but no more than its lease lasts."""
    now = time.time() if now is None else now
    row = database.row("SELECT claimed_at FROM assignments WHERE id = ?", [assignment.id])
    assert row is not None, assignment
    return max(0.0, min(now, assignment.lease_until) - float(row["claimed_at"]))


def current(database: Database, rater: str) -> Assignment | None:
    """The rater's open assignment, if any."""
    with database.reading() as db:
        row = db.conn.execute(
            "SELECT id FROM assignments WHERE rater = ? AND state = 'open'", [rater]
        ).fetchone()
        return _assignment(db, row[0]) if row else None


def previous(database: Database, rater: str) -> Assignment | None:
    """The rater's latest submitted assignment, to which the Back button returns."""
    with database.reading() as db:
        row = db.conn.execute(
            "SELECT id FROM assignments WHERE rater = ? AND state IN ('done', 'late') "
            "ORDER BY position DESC LIMIT 1",
            [rater],
        ).fetchone()
        return _assignment(db, row[0]) if row else None


def _stored(db: sqlite_utils.Database, key: str) -> dict[str, tuple[Any, ...]]:
    """A submission's judgments as their columns, by question."""
    rows = db.conn.execute(
        "SELECT question, number, text, turns FROM judgments WHERE submission = ?", [key]
    )
    return {question: tuple(columns) for question, *columns in rows}


def _mine(db: sqlite_utils.Database, rater: str) -> list[dict[str, Any]]:
    names = ("id", "task", "state", "unit", "position", "lease_until")
    rows = db.conn.execute(
        f"SELECT {', '.join(names)}, id IN (SELECT assignment FROM skips) FROM assignments "
        "WHERE rater = ? ORDER BY position",
        [rater],
    )
    mine = [dict(zip((*names, "skipped"), row, strict=True)) for row in rows]
    return [{**row, "counts": row["state"] in ("done", "late") or row["skipped"]} for row in mine]


def _renew(
    db: sqlite_utils.Database, study: Study, mine: list[dict[str, Any]], now: float
) -> Assignment | None:
    """Renew the open assignment's lease, or release it and return None if its unit has filled."""
    lease = study.lease_minutes * 60
    for row in mine:
        if row["state"] != "open":
            continue
        held = _assignment(db, row["id"])
        if held and now + lease / 2 < held.lease_until <= balance.latest_end(study, now):
            return held  # called at every click: no write while over half of the lease is left
        if held and (_is_live(study, held, now) or _has_room(db, study, held, now)):
            db.conn.execute(
                "UPDATE assignments SET lease_until = ? WHERE id = ?", [now + lease, held.id]
            )
            return _assignment(db, held.id)
        db.conn.execute("UPDATE assignments SET state = 'released' WHERE id = ?", [row["id"]])
    return None


def _is_live(study: Study, held: Assignment, now: float) -> bool:
    return now < held.lease_until <= balance.latest_end(study, now)


def _give(
    db: sqlite_utils.Database,
    study: Study,
    task: str,
    unit: str,
    rater: str,
    crowd: str,
    position: int,
    lease: float,
    now: float,
) -> Assignment:
    seed = balance.draw(study.seed, rater, task, unit) % 2**31
    is_check = unit.startswith(balance.CHECK)
    swap = not is_check and balance.is_swapped(db, study.name, task, unit, crowd, seed)
    number = db.conn.execute(
        "INSERT INTO assignments (study, task, unit, rater, crowd, position, swapped, seed, state, "
        "claimed_at, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
        [study.name, task, unit, rater, crowd, position, swap, seed, now, lease],
    ).lastrowid
    return Assignment(
        int(number or 0), study.name, task, unit, rater, position, swap, seed, "open", lease
    )


def _finish(db: sqlite_utils.Database, study: Study, held: Assignment, now: float) -> None:
    live = held.state == "open" and _is_live(study, held, now)
    in_time = live or _has_room(db, study, held, now)
    db.conn.execute(
        "UPDATE assignments SET state = ?, done_at = ? WHERE id = ?",
        ["done" if in_time else "late", now, held.id],
    )
    if not in_time:
        db.conn.execute(
            "INSERT INTO exclusions (study, assignment, rule, reason, who, at) "
            "VALUES (?, ?, 'late', 'the lease ran out and others have judged the unit', "
            "'protocol', ?)",
            [held.study, held.id, now],
        )


def _has_room(db: sqlite_utils.Database, study: Study, held: Assignment, now: float) -> bool:
    row = db.conn.execute(
        """
        SELECT u.wanted > (
            SELECT count(*) FROM assignments AS a
            WHERE (a.study, a.task, a.unit) = (u.study, u.task, u.unit) AND a.id != :id
                AND a.crowd = (SELECT crowd FROM assignments WHERE id = :id)
                AND (a.state = 'done' OR (a.state = 'open' AND a.lease_until > :now
                    AND a.lease_until <= :latest))
        )
        FROM units AS u WHERE study = :study AND task = :task AND unit = :unit
        """,
        {
            "id": held.id,
            "now": now,
            "latest": balance.latest_end(study, now),
            "study": held.study,
            "task": held.task,
            "unit": held.unit,
        },
    ).fetchone()
    return bool(row[0])


def _assignment(db: sqlite_utils.Database, identifier: int) -> Assignment | None:
    row = db.conn.execute(
        "SELECT id, study, task, unit, rater, position, swapped, seed, state, lease_until, "
        "(SELECT ifnull(max(revision), 0) FROM submissions WHERE assignment = a.id) "
        "FROM assignments AS a WHERE id = ?",
        [identifier],
    ).fetchone()
    if row is None:
        return None
    identifier, study, task, unit, rater, position, swapped, *rest = row
    return Assignment(identifier, study, task, unit, rater, position, bool(swapped), *rest)


def _columns(answer: Answer) -> tuple[float | None, str | None, str | None]:
    if isinstance(answer, list):
        return None, None, json.dumps(answer)
    return (None, answer, None) if isinstance(answer, str) else (answer, None, None)
