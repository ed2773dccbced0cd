"""Problem reports of raters, with the screen they saw and how each report was settled."""

import time
from dataclasses import dataclass
from typing import Literal

from annotations import records
from annotations.crowd import staff
from annotations.study import Study
from backend.database import Database
from backend.dialogue import Dialogue
from backend.pool import Pool


@dataclass(frozen=True)
class ProblemReport:
    """A problem that a rater reported. `text` is untrusted: show it as plain text only.

    `at` and `settled_at` are seconds since 1970, UTC. `assignment`, `task` and `unit` are None
    if no screen was open.
    """

    id: int
    at: float
    number: int
    assignment: int | None
    task: str | None
    unit: str | None
    text: str
    settled_by: str | None
    settled_at: float | None


def reports(database: Database, study: Study, crowd: str = records.PEOPLE) -> list[ProblemReport]:
    """Problems that a crowd's raters reported: open ones first, then the latest first."""
    rows = database.rows(
        "SELECT p.id, p.at, r.number, p.assignment, a.task, a.unit, p.text, p.settled_by, "
        "p.settled_at FROM reports AS p JOIN raters AS r ON r.id = p.rater "
        "LEFT JOIN assignments AS a ON a.id = p.assignment WHERE p.study = ? AND r.crowd = ? "
        "ORDER BY p.settled_at NOTNULL, p.id DESC",
        [study.name, crowd],
    )
    return [ProblemReport(**row) for row in rows]


def settle(database: Database, report: int, who: str) -> bool:
    """Mark a report as settled by a person; a settled report does not change.

    Returns False if the report was settled before. Raises KeyError if there is no such report,
    as after its rater's withdrawal, and ValueError without a name.
    """
    if not who.strip():
        raise ValueError("a report is settled by somebody: a name, please")
    with database.writing() as db:
        row = db.conn.execute("SELECT study FROM reports WHERE id = ?", [report]).fetchone()
        if row is None:
            raise KeyError(f"no report {report}")
        changed = db.conn.execute(
            "UPDATE reports SET settled_by = ?, settled_at = ? WHERE id = ? AND settled_at IS NULL",
            [who.strip(), time.time(), report],
        ).rowcount
        if changed:
            staff.note(database, who.strip(), "settle report", row[0], report=report)
    return bool(changed)


def at_hand(
    database: Database, study: Study, report: ProblemReport
) -> tuple[Literal["dialogue", "check", "chat", "none"], list[Dialogue]]:
    """Return what the rater's screen showed, and its dialogues in the order shown.

    Checks (which are scripted in the protocol), unfinished chats (which are in no pool) and
    dialogues erased since then have no dialogues to return.
    """
    if report.assignment is None or report.task is None or report.unit is None:
        return "none", []
    unit = records.unit(database, study.name, report.task, report.unit)
    if unit.check is not None:
        return "check", []
    row = database.row(
        "SELECT swapped, (SELECT dialogue FROM chats WHERE assignment = a.id) AS chat "
        "FROM assignments AS a WHERE id = ?",
        [report.assignment],
    )
    ids = list(unit.dialogues)
    if row and row["chat"]:
        ids = [row["chat"]]
    elif row and row["swapped"]:
        ids.reverse()
    pool = Pool(database)
    gone = pool.missing(ids)  # another rater's chat, erased when they withdrew
    there = pool.get_many([name for name in ids if name not in gone])
    return "dialogue" if ids else "chat", [there[name] for name in ids if name in there]
