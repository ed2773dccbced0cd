"""Studies, raters, consents, assignments, judgments and exclusions, kept in the database file.

This module has the reads and writes that need no policy. The tables are in `annotations.schema`;
the rules for the next assignment are in assignment.py.
Times are seconds since 1970, UTC.
"""

import json
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd
import sqlite_utils
from pydantic import ValidationError

from annotations.study import Study
from annotations.tasks.base import StudyError, Unit
from annotations.tasks.facts import of_game
from backend.database import Database

#: The crowd of real people. Every other crowd is a rehearsal and is never pooled with it.
PEOPLE = "people"


#: Number of judgments wanted for a check: one from every rater who reaches it.
EVERYBODY = 1_000_000_000


class NoConsent(Exception):
    """The operation needs a rater's consent, and there is none."""


def open_study(database: Database, study: Study, units: dict[str, list[Unit]]) -> bool:
    """Store a protocol with its units. Returns False if the same protocol is already stored.

    A protocol is frozen once stored. Raises StudyError if a different protocol has its name.
    """
    with database.writing() as db:
        known = db.conn.execute(
            "SELECT protocol FROM studies WHERE name = ?", [study.name]
        ).fetchone()
        if known:
            # Compute the hash again: an older version may have computed the stored one differently.
            protocol = _read(known[0])
            if protocol is None:
                raise StudyError(_unreadable(study.name))
            stored = protocol.hash
            if stored == study.hash:
                return False
            raise StudyError(
                f"a different study is already stored as {study.name!r} (hash {stored[:12]}, "
                f"this one {study.hash[:12]}). A stored protocol is never changed: "
                "give the new version a new `name`"
            )
        db.conn.execute(
            "INSERT INTO studies (name, hash, protocol, created_at) VALUES (?, ?, ?, ?)",
            [study.name, study.hash, study.model_dump_json(), time.time()],
        )
        for task in study.tasks:
            rows = [(unit, task.judgments_per_unit, "measure") for unit in units[task.id]]
            rows += [
                (Unit(id=f"check-{number}", check=number), EVERYBODY, check.kind)
                for number, check in enumerate(study.checks)
                if check.task == task.id
            ]
            db.conn.executemany(
                "INSERT INTO units (study, task, unit, position, wanted, dialogues, body, purpose) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        study.name,
                        task.id,
                        unit.id,
                        position,
                        wanted,
                        json.dumps(unit.dialogues),
                        unit.model_dump_json(),
                        purpose,
                    )
                    for position, (unit, wanted, purpose) in enumerate(rows)
                ],
            )
    return True


def study_names(database: Database) -> list[str]:
    """Names of the stored studies whose protocols can be read, newest first."""
    return [name for name, protocol in _protocols(database).items() if _read(protocol)]


def unreadable_studies(database: Database) -> list[str]:
    """Names of stored studies whose protocols can't be read, newest first.

    Older versions accepted numbers that can't be stored, such as infinity.
    """
    return [name for name, protocol in _protocols(database).items() if not _read(protocol)]


def require_stored(database: Database, name: str) -> None:
    """Raise StudyError, which names the stored studies, if there is no study of this name."""
    if database.row("SELECT 1 AS there FROM studies WHERE name = ?", [name]) is None:
        there = ", ".join(study_names(database)) or "none yet: python -m annotations load STUDY"
        raise StudyError(f"no study {name!r} in {database.path}; stored: {there}")


def study(database: Database, name: str) -> Study:
    """Return a stored protocol. Raises StudyError, which names the stored studies."""
    require_stored(database, name)
    row = database.row("SELECT protocol FROM studies WHERE name = ?", [name])
    protocol = row and _read(row["protocol"])
    if not protocol:
        raise StudyError(_unreadable(name))
    return protocol


def _protocols(database: Database) -> dict[str, str]:
    rows = database.rows("SELECT name, protocol FROM studies ORDER BY created_at DESC")
    return {row["name"]: row["protocol"] for row in rows}


@lru_cache(maxsize=64)
def _read(protocol: str) -> Study | None:
    """A protocol from its stored JSON; None if it can't be read. Protocols are immutable."""
    try:
        return Study.model_validate_json(protocol)
    except ValidationError:
        return None


def _unreadable(name: str) -> str:
    return (
        f"the protocol of the stored study {name!r} can't be read. "
        f"To delete the study: python -m annotations delete {name} --yes"
    )


def unit(database: Database, name: str, task: str, identifier: str) -> Unit:
    """A stored unit. Raises KeyError."""
    row = database.row(
        "SELECT body FROM units WHERE study = ? AND task = ? AND unit = ?",
        [name, task, identifier],
    )
    if row is None:
        raise KeyError(f"study {name!r} has no unit {identifier!r} in task {task!r}")
    return Unit.model_validate_json(row["body"])


def crowds(database: Database, name: str) -> list[str]:
    """Crowds that have raters in a study: people first, then rehearsals."""
    rows = database.rows("SELECT DISTINCT crowd FROM raters WHERE study = ?", [name])
    return sorted((row["crowd"] for row in rows), key=lambda crowd: (crowd != PEOPLE, crowd))


def unit_dialogues(
    database: Database, name: str
) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    """Map (task, unit) to its number of wanted judgments and its dialogues, without checks.

    Cached: a stored study's units never change, except that a withdrawal removes some. A deleted
    study and a new one of the same name differ in their time.
    """
    row = database.row(
        "SELECT created_at, (SELECT count(*) FROM units WHERE study = name AND "
        "purpose = 'measure') AS n FROM studies WHERE name = ?",
        [name],
    )
    return _unit_dialogues(database, name, *(row.values() if row else (0.0, 0)))


@lru_cache(maxsize=16)
def _unit_dialogues(
    database: Database, name: str, created_at: float, count: int
) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    rows = database.rows(
        "SELECT task, unit, wanted, dialogues FROM units WHERE study = ? AND purpose = 'measure'",
        [name],
    )
    return {
        (row["task"], row["unit"]): (row["wanted"], frozenset(json.loads(row["dialogues"])))
        for row in rows
    }


def progress(database: Database, name: str, crowd: str = PEOPLE) -> pd.DataFrame:
    """Progress of a study, one row per unit: task, unit, position, wanted, groups, done, open."""
    frame = database.frame(
        """
        SELECT u.task, u.unit, u.position, u.wanted,
            json_extract(u.body, '$.groups') AS groups,
            count(a.id) FILTER (WHERE a.state = 'done') AS done,
            count(a.id) FILTER (WHERE a.state = 'open' AND a.lease_until > :now
                AND a.lease_until <= :now + 2 * 60 * json_extract(s.protocol, '$.lease_minutes')
            ) AS open
        FROM units AS u JOIN studies AS s ON s.name = u.study
        LEFT JOIN assignments AS a
            ON (a.study, a.task, a.unit) = (u.study, u.task, u.unit) AND a.crowd = :crowd
        WHERE u.study = :study AND u.purpose = 'measure'
        GROUP BY u.task, u.unit ORDER BY u.task, u.position
        """,
        {"study": name, "crowd": crowd, "now": time.time()},
    )
    return frame.assign(groups=[" / ".join(json.loads(value)) for value in frame["groups"]])


def raters(database: Database, name: str, crowd: str | None = None) -> pd.DataFrame:
    """Raters who have not withdrawn: rater, number, crowd, created_at, instructed_at,
    completed_at, judged, excluded, door, practised, about_at, screened_at."""
    return database.frame(
        """
        SELECT r.id AS rater, r.number, r.crowd, r.created_at, r.instructed_at, r.completed_at,
            (SELECT count(*) FROM assignments AS a
             JOIN units AS u ON (u.study, u.task, u.unit) = (a.study, a.task, a.unit)
             WHERE a.rater = r.id AND a.state = 'done' AND u.purpose = 'measure') AS judged,
            EXISTS (SELECT 1 FROM exclusions e
                    WHERE e.rater = r.id AND e.revoked_at IS NULL) AS excluded,
            r.door, r.practised, r.about_at, r.screened_at
        FROM raters AS r WHERE r.study = :study AND (:crowd IS NULL OR r.crowd = :crowd)
            AND r.withdrawn_at IS NULL
        ORDER BY r.number
        """,
        {"study": name, "crowd": crowd},
    )


def judgments(
    database: Database, name: str, crowd: str = PEOPLE, *, with_excluded: bool = False
) -> pd.DataFrame:
    """The current judgments: one row per answered question, with the facts of its unit.

    Columns: task, unit, rater, assignment, position, swapped, revision, seconds, at, question,
    value (float, str or list of turn indices), excluded, dialogues, groups, origins
    (tuples), facts (a mapping by name).
    """
    frame = database.frame(
        f"""
        SELECT task, unit, rater, assignment, position, swapped, revision, seconds, at, question,
            number, text, turns, excluded
        FROM {"held_judgments" if with_excluded else "counted_judgments"}
        WHERE study = ? AND crowd = ? AND purpose = 'measure' ORDER BY assignment, question
        """,
        [name, crowd],
    )
    values = [
        number if text is None and turns is None else json.loads(turns) if text is None else text
        for number, text, turns in zip(
            frame["number"].astype(object),
            frame["text"].astype(object).where(frame["text"].notna(), None),
            frame["turns"].astype(object).where(frame["turns"].notna(), None),
            strict=True,
        )
    ]
    frame = frame.drop(columns=["number", "text", "turns"])
    frame["value"] = pd.Series(values, index=frame.index, dtype=object)
    merged = frame.merge(_units(database, name), on=["task", "unit"], how="left", sort=False)
    return _with_facts(database, name, merged)


#: How the stored columns of `facts` are read.
_GAME_FACTS: dict[str, Callable[[list[str]], object]] = {
    "groups": tuple,
    "origins": tuple,
    "facts": of_game,
}


def _with_facts(database: Database, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Replace a unit's facts by those of the assignment where it has its own, as in a live game."""
    rows = database.rows(
        "SELECT f.assignment, f.groups, f.origins, f.stratum AS facts FROM facts AS f "
        "JOIN assignments AS a ON a.id = f.assignment WHERE a.study = ?",
        [name],
    )
    known = {row["assignment"]: row for row in rows}
    if not known or frame.empty:
        return frame
    for column, form in _GAME_FACTS.items():
        frame[column] = pd.Series(
            [
                form(json.loads(known[given][column])) if given in known else value
                for given, value in zip(frame["assignment"], frame[column], strict=True)
            ],
            index=frame.index,
            dtype=object,
        )
    return frame


def _units(database: Database, name: str) -> pd.DataFrame:
    rows = database.rows("SELECT task, unit, body FROM units WHERE study = ?", [name])
    bodies = [Unit.model_validate_json(row["body"]) for row in rows]
    columns: dict[str, Any] = {
        "task": [row["task"] for row in rows],
        "unit": [row["unit"] for row in rows],
    }
    for field in ("dialogues", "groups", "origins", "facts"):
        columns[field] = pd.Series([getattr(body, field) for body in bodies], dtype=object)
    return pd.DataFrame(columns)


def require_consent(db: sqlite_utils.Database, rater: str) -> str:
    """Return the crowd of a rater who has consented and not withdrawn; else raise NoConsent."""
    row = db.conn.execute(
        "SELECT crowd FROM raters JOIN consents ON rater = id "
        "WHERE id = ? AND withdrawn_at IS NULL",
        [rater],
    ).fetchone()
    if row is None:
        raise NoConsent("this rater has not agreed to take part")
    return str(row[0])


def fingerprint(database: Database, name: str, crowd: str) -> tuple[int, float, int, int]:
    """Return a cache key that changes whenever a judgment or an exclusion changes."""
    row = database.rows(
        """
        SELECT count(*) AS n, ifnull(max(s.at), 0) AS latest,
            (SELECT count(*) FROM exclusions WHERE study = :study) AS excluded,
            (SELECT count(*) FROM exclusions WHERE study = :study AND revoked_at IS NOT NULL)
                AS revoked
        FROM submissions AS s JOIN assignments AS a ON a.id = s.assignment
        WHERE a.study = :study AND a.crowd = :crowd
        """,
        {"study": name, "crowd": crowd},
    )[0]
    return row["n"], row["latest"], row["excluded"], row["revoked"]
