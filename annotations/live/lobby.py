"""The lobby of live games: it matches players without showing whether a partner is human.

A random draw decides whether a rater waits for a person, or waits for a random time after which a
simulator joins. Nobody waits longer than the protocol allows: if no person comes, a simulator
plays instead or, if the game needs a person, the game is skipped.
"""

import json
import random
import time
from dataclasses import dataclass, replace

import sqlite_utils

from annotations import records
from annotations.assignment import Assignment
from annotations.study import Study
from annotations.tasks.base import Unit
from annotations.tasks.conversation import LiveGame
from annotations.tasks.facts import Facts, as_strings
from backend.database import Database
from backend.dialogue import Origin, Role

#: Minimum wait in seconds: an instant partner would be taken for a machine.
LEAST = 3.0

#: Marks the facts of a witness's judgment.
WITNESS = "witness"

#: Seconds without a request from a player's page after which the player counts as gone.
GONE = 25.0


@dataclass(frozen=True)
class Waiting:
    """A rater in the lobby: their unit, when the wait began and ends, whether for a person."""

    assignment: int
    rater: str
    unit: Unit
    seed: int
    wants_person: bool
    since: float
    until: float


def wait(database: Database, study: Study, given: Assignment, *, now: float | None = None) -> str:
    """Try to seat a rater: return `waiting`, `seated`, or `alone` if nobody came.

    The rater's open page calls this repeatedly; each call records that the rater is present.
    """
    now = time.time() if now is None else now
    task = study.task(given.task)
    assert isinstance(task, LiveGame)
    with database.writing() as db:
        crowd = records.require_consent(db, given.rater)
        if db.conn.execute("SELECT 1 FROM seats WHERE assignment = ?", [given.id]).fetchone():
            return "seated"
        me = _come_in(database, db, study, task, given, now)
        if me.wants_person:
            for other in _others(database, db, study, task, given, crowd, now):
                _seat(db, study, task, crowd, first=other, second=me, now=now)
                return "seated"
        if now < me.until:
            return "waiting"
        if task.parties == 3:
            skip(db, given.id, "nobody else came", now)
            return "alone"
        _seat(db, study, task, crowd, first=me, second=None, now=now)
        return "seated"


def rehearse(
    database: Database, task: LiveGame, given: Assignment, unit: Unit
) -> tuple[Assignment, Unit]:
    """Store a judge's facts as if a game had been played: for rehearsals, where nobody talks."""
    rng = random.Random(given.seed)
    human, machine = Origin.HUMAN.value, unit.groups[0]
    groups: tuple[str, ...]
    origins: tuple[Origin, ...]
    if task.parties == 3:
        groups, origins = (human, machine), (Origin.HUMAN, Origin.SIMULATED)
    elif rng.random() < task.human_share:
        groups, origins = (human,), (Origin.HUMAN,)
    else:
        groups, origins = (machine,), (Origin.SIMULATED,)
    swapped = task.parties == 3 and given.seed % 2 == 1
    assert unit.role is not None
    with database.writing() as db:
        _facts(db, given.id, groups, origins, unit.role)
        db.conn.execute("UPDATE assignments SET swapped = ? WHERE id = ?", [swapped, given.id])
    known = {"groups": groups, "origins": tuple(origin.value for origin in origins)}
    return replace(given, swapped=swapped), unit.model_copy(update=known)


def skip(db: sqlite_utils.Database, assignment: int, reason: str, now: float) -> None:
    """Release an assignment without a judgment: it counts for its rater, and not for its unit."""
    db.conn.execute(
        "INSERT INTO skips (assignment, reason, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [assignment, reason, now],
    )
    db.conn.execute(
        "UPDATE assignments SET state = 'released' WHERE id = ? AND state = 'open'", [assignment]
    )
    db.conn.execute("DELETE FROM lobby WHERE assignment = ?", [assignment])


def _come_in(
    database: Database,
    db: sqlite_utils.Database,
    study: Study,
    task: LiveGame,
    given: Assignment,
    now: float,
) -> Waiting:
    rng = random.Random(given.seed)
    wants = task.parties == 3 or rng.random() < task.human_share
    patience = task.lobby_seconds if wants else rng.uniform(LEAST, task.lobby_seconds)
    db.conn.execute(
        "INSERT INTO lobby (assignment, wants_person, since, until, seen_at) "
        "VALUES (:id, :wants, :now, :until, :now) ON CONFLICT DO UPDATE SET seen_at = :now, "
        # Whoever came while the clock was ahead waits anew.
        "until = iif(since > :now, :until, until), since = min(since, :now)",
        {"id": given.id, "wants": wants, "now": now, "until": now + max(patience, LEAST)},
    )
    since, until = db.conn.execute(
        "SELECT since, until FROM lobby WHERE assignment = ?", [given.id]
    ).fetchone()
    unit = records.unit(database, study.name, given.task, given.unit)
    return Waiting(given.id, given.rater, unit, given.seed, wants, since, until)


def _others(
    database: Database,
    db: sqlite_utils.Database,
    study: Study,
    task: LiveGame,
    given: Assignment,
    crowd: str,
    now: float,
) -> list[Waiting]:
    """Other present raters who wait for a person, the longest wait first."""
    rows = db.conn.execute(
        "SELECT a.id, a.rater, a.unit, a.seed, l.since, l.until FROM lobby AS l "
        "JOIN assignments AS a ON a.id = l.assignment "
        "WHERE a.study = ? AND a.task = ? AND a.crowd = ? AND a.rater != ? AND a.state = 'open' "
        "AND l.wants_person AND l.seen_at > ? ORDER BY l.since LIMIT 1",
        [study.name, task.id, crowd, given.rater, now - GONE],
    ).fetchall()
    return [
        Waiting(i, rater, records.unit(database, study.name, task.id, unit), seed, True, *times)
        for i, rater, unit, seed, *times in rows
    ]


def _seat(
    db: sqlite_utils.Database,
    study: Study,
    task: LiveGame,
    crowd: str,
    *,
    first: Waiting,
    second: Waiting | None,
    now: float,
) -> None:
    """Begin a game. `first` provides brief, partner and role; of three parties it is the judge."""
    unit = first.unit
    assert unit.brief is not None
    assert unit.partner is not None
    assert unit.role is not None
    begins = max(now, first.since + LEAST, second.since + LEAST if second else 0)
    game = db.conn.execute(
        "INSERT INTO games (study, task, crowd, brief, seed, starts_at, ends_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            study.name, task.id, crowd, unit.brief.model_dump_json(), first.seed, begins,
            begins + task.minutes * 60,
        ],
    ).lastrowid  # fmt: skip
    partner = unit.partner.model_dump_json()
    mine, theirs = unit.role.value, unit.role.other.value
    machine = unit.partner.simulator
    if task.parties == 2:
        _sit(db, game, 0, None, mine, first.assignment, None, now)
        if second is None:
            _sit(db, game, 1, 0, theirs, None, partner, now)
            _facts(db, first.assignment, (machine,), (Origin.SIMULATED,), unit.role)
        else:
            _sit(db, game, 1, 0, theirs, second.assignment, None, now)
            _facts(db, first.assignment, (Origin.HUMAN.value,), (Origin.HUMAN,), unit.role)
            _facts(db, second.assignment, (Origin.HUMAN.value,), (Origin.HUMAN,), unit.role.other)
    else:
        assert second is not None
        turned = first.seed % 2 == 1
        _sit(db, game, 0, None, mine, first.assignment, None, now)
        _sit(db, game, 1, int(turned), theirs, second.assignment, None, now)
        _sit(db, game, 2, int(not turned), theirs, None, partner, now)
        sides = (Origin.HUMAN, Origin.SIMULATED)
        _facts(db, first.assignment, (Origin.HUMAN.value, machine), sides, unit.role)
        _facts(
            db, second.assignment, (Origin.HUMAN.value,), (Origin.HUMAN,), unit.role.other, WITNESS
        )
        db.conn.execute(
            "UPDATE assignments SET swapped = ? WHERE id = ?", [turned, first.assignment]
        )
    for one in (first, second):
        if one:
            db.conn.execute("DELETE FROM lobby WHERE assignment = ?", [one.assignment])


def _sit(
    db: sqlite_utils.Database,
    game: int | None,
    seat: int,
    channel: int | None,
    role: str,
    assignment: int | None,
    partner: str | None,
    now: float,
) -> None:
    db.conn.execute(
        "INSERT INTO seats (game, seat, channel, role, assignment, partner, seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [game, seat, channel, role, assignment, partner, now],
    )


def _facts(
    db: sqlite_utils.Database,
    assignment: int,
    groups: tuple[str, ...],
    origins: tuple[Origin, ...],
    role: Role,
    seat: str | None = None,
) -> None:
    """Store the facts of this rater's game; every analysis uses them instead of the unit's."""
    facts: Facts = {"role": role.value} if seat is None else {"role": role.value, "seat": seat}
    db.conn.execute(
        "INSERT OR REPLACE INTO facts (assignment, groups, origins, stratum) VALUES (?, ?, ?, ?)",
        [
            assignment,
            json.dumps(groups),
            json.dumps([origin.value for origin in origins]),
            json.dumps(as_strings(facts)),
        ],
    )
