"""Live chats. Each message is stored at once; a finished chat joins the pool."""

import time

import pandas as pd

from annotations import records
from annotations.assignment import Assignment
from annotations.study import Study
from annotations.tasks.base import Unit
from backend.database import Database
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Scenario, System, Turn
from backend.pool import Entry, Pool

#: Corpus name of dialogues that people had in this app.
CORPUS = "chats"


def turns(database: Database, assignment: Assignment) -> list[Turn]:
    """The messages so far, in order."""
    rows = database.rows(
        "SELECT body FROM chat_turns WHERE assignment = ? ORDER BY position", [assignment.id]
    )
    return [Turn.model_validate_json(row["body"]) for row in rows]


def say(database: Database, assignment: Assignment, position: int, turn: Turn) -> bool:
    """Store the turn at `position`; False where one is there already (two tabs, two clicks)."""
    with database.writing() as db:
        stored = db.conn.execute(
            "INSERT INTO chat_turns (assignment, position, body, at) "
            "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [assignment.id, position, turn.model_dump_json(exclude_defaults=True), time.time()],
        ).rowcount
    return bool(stored)


def messages_today(database: Database, *, now: float | None = None) -> int:
    """Messages of chats and of live games stored since midnight UTC, in all studies."""
    now = time.time() if now is None else now
    row = database.row(
        "SELECT (SELECT count(*) FROM chat_turns WHERE at >= :day) "
        "+ (SELECT count(*) FROM lines WHERE at >= :day) AS n",
        {"day": now - now % 86400},
    )
    return row["n"] if row else 0


def note_failure(database: Database, assignment: Assignment, position: int, reason: str) -> None:
    """Record why the partner had no turn at `position`. A repeated reason is stored once."""
    with database.writing() as db:
        db.conn.execute(
            "INSERT INTO partner_failures (assignment, position, reason, at) "
            "SELECT ?, ?, ?, ? WHERE NOT EXISTS "
            "(SELECT 1 FROM partner_failures WHERE (assignment, position, reason) = (?, ?, ?))",
            [assignment.id, position, reason, time.time(), assignment.id, position, reason],
        )


def failures(database: Database, study: str) -> pd.DataFrame:
    """Partners that did not answer, the latest first: at, task, unit, position, reason."""
    return database.frame(
        "SELECT f.at, a.task, a.unit, f.position, f.reason FROM partner_failures AS f "
        "JOIN assignments AS a ON a.id = f.assignment WHERE a.study = :study ORDER BY f.at DESC",
        {"study": study},
    )


def unit(database: Database, assignment: Assignment) -> Unit:
    """Partner, role and brief of a chat. For the server side only: it names the partner."""
    return records.unit(database, assignment.study, assignment.task, assignment.unit)


def close(
    database: Database, study: Study, assignment: Assignment, number: int, partner: System
) -> Dialogue:
    """Put the chat into the pool with its human side marked; returns the dialogue.

    `number` is the rater's number in the study: the only trace of the person in the dialogue.
    """
    about = unit(database, assignment)
    person = Player(origin=Origin.HUMAN, person=f"{study.name}:{number}")
    machine = Player(origin=Origin.SIMULATED, system=partner)
    dialogue = Dialogue(
        turns=tuple(turns(database, assignment)),
        seeker=person if about.role is Role.SEEKER else machine,
        recommender=person if about.role is Role.RECOMMENDER else machine,
        scenario=Scenario(brief=about.brief) if about.brief else None,
        provenance=Provenance(
            corpus=CORPUS,
            source_id=f"{study.name}:{assignment.id}",
            licence="collected in this app; see the study's consent",
            seed=assignment.seed,
        ),
    )
    with database.writing() as db:
        Pool(database).add([Entry(dialogue=dialogue)])
        db.conn.execute(
            "INSERT INTO chats (assignment, dialogue) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [assignment.id, dialogue.id],
        )
    return dialogue


def is_closed(database: Database, assignment: Assignment) -> bool:
    """Whether the chat is over and in the pool."""
    return bool(database.rows("SELECT 1 FROM chats WHERE assignment = ?", [assignment.id]))
