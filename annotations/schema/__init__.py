"""Tables, triggers and views of the records. Migrations are appended to, never edited.

Times are seconds since 1970, UTC.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from annotations.schema import crowds, games, sessions

migrations = Migrations("records")

_APPEND_ONLY = ("consents", "submissions", "judgments", "practice", "chat_turns")


@migrations()
def m001_records(db: sqlite_utils.Database) -> None:
    """Studies and their units; raters; assignments; append-only judgments; exclusions as data."""
    for statement in _TABLES.split(";"):
        if statement.strip():
            db.conn.execute(statement)
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            db.conn.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for view in _VIEWS.split(";"):
        if view.strip():
            db.conn.execute(view)


@migrations()
def m002_partner_failures(db: sqlite_utils.Database) -> None:
    """Why a chat's partner did not answer: shown to the researcher, never to the rater."""
    db.conn.execute(
        """
        CREATE TABLE partner_failures (
            assignment INTEGER NOT NULL REFERENCES assignments (id),
            position INTEGER NOT NULL,
            reason TEXT NOT NULL,
            at REAL NOT NULL
        ) STRICT
        """
    )


@migrations()
def m003_crowds(db: sqlite_utils.Database) -> None:
    """Tables for paid crowds: doors, checks, retries, reports, withdrawal, staff, audit."""
    for statement in crowds.TABLES.split(";"):
        if statement.strip():
            db.conn.execute(statement)
    for table in ("submissions", "judgments", "practice", "chat_turns"):
        db.conn.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        db.conn.execute(crowds.ERASABLE.format(table=table, rater=crowds.WHOSE[table]))
    for table in ("practice", "backgrounds", "audit"):
        db.conn.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    db.conn.execute(crowds.ERASABLE.format(table="backgrounds", rater=crowds.WHOSE["backgrounds"]))
    db.conn.execute(
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    )
    db.conn.execute("DROP VIEW counted_judgments")
    db.conn.execute("DROP VIEW held_judgments")
    for view in crowds.VIEWS.split(";"):
        if view.strip():
            db.conn.execute(view)


@migrations()
def m004_games(db: sqlite_utils.Database) -> None:
    """Live games: the lobby, the seats and the messages; skipped assignments."""
    for statement in games.TABLES.split(";"):
        if statement.strip():
            db.conn.execute(statement)
    for trigger in games.TRIGGERS.split("END;"):
        if trigger.strip():
            db.conn.execute(trigger if trigger.rstrip().endswith("END") else f"{trigger} END")


@migrations()
def m005_recruiter_sessions(db: sqlite_utils.Database) -> None:
    """A recruiter's parameters for each rater, not for each person; consents of deleted studies."""
    for statement in sessions.TABLES.split(";"):
        db.conn.execute(statement)
    db.conn.execute("DROP TRIGGER consents_no_delete")
    db.conn.execute(sessions.CONSENTS)


_TABLES = """
CREATE TABLE studies (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    protocol TEXT NOT NULL CHECK (json_valid(protocol)),
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE units (
    study TEXT NOT NULL REFERENCES studies (name),
    task TEXT NOT NULL,
    unit TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    wanted INTEGER NOT NULL CHECK (wanted >= 1),
    dialogues TEXT NOT NULL CHECK (json_valid(dialogues)),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (study, task, unit)
) STRICT;
CREATE TABLE raters (
    id TEXT PRIMARY KEY,
    study TEXT NOT NULL REFERENCES studies (name),
    crowd TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    created_at REAL NOT NULL,
    instructed_at REAL,
    practised INTEGER NOT NULL DEFAULT 0 CHECK (practised >= 0),
    completed_at REAL,
    UNIQUE (study, number)
) STRICT;
CREATE TABLE consents (
    rater TEXT NOT NULL REFERENCES raters (id),
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    at REAL NOT NULL,
    UNIQUE (rater, version)
) STRICT;
CREATE TABLE practice (
    rater TEXT NOT NULL REFERENCES raters (id),
    example INTEGER NOT NULL CHECK (example >= 0),
    answer TEXT NOT NULL,
    correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
    at REAL NOT NULL,
    UNIQUE (rater, example)
) STRICT;
CREATE TABLE assignments (
    id INTEGER PRIMARY KEY,
    study TEXT NOT NULL,
    task TEXT NOT NULL,
    unit TEXT NOT NULL,
    rater TEXT NOT NULL REFERENCES raters (id),
    crowd TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    swapped INTEGER NOT NULL CHECK (swapped IN (0, 1)),
    seed INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'late', 'released')),
    claimed_at REAL NOT NULL,
    lease_until REAL NOT NULL,
    done_at REAL CHECK ((state IN ('done', 'late')) = (done_at IS NOT NULL)),
    FOREIGN KEY (study, task, unit) REFERENCES units (study, task, unit),
    UNIQUE (rater, task, unit)
) STRICT;
CREATE INDEX assignments_fill ON assignments (study, task, crowd, unit, state, lease_until);
CREATE UNIQUE INDEX assignments_one_open ON assignments (rater) WHERE state = 'open';
CREATE TABLE drafts (
    assignment INTEGER PRIMARY KEY REFERENCES assignments (id),
    answers TEXT NOT NULL CHECK (json_valid(answers))
) STRICT;
CREATE TABLE chat_turns (
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    body TEXT NOT NULL CHECK (json_valid(body)),
    at REAL NOT NULL,
    PRIMARY KEY (assignment, position)
) STRICT;
CREATE TABLE chats (
    assignment INTEGER PRIMARY KEY REFERENCES assignments (id),
    dialogue TEXT NOT NULL REFERENCES dialogues (id)
) STRICT;
CREATE TABLE submissions (
    key TEXT PRIMARY KEY,
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    seconds REAL NOT NULL CHECK (seconds >= 0),
    at REAL NOT NULL,
    UNIQUE (assignment, revision)
) STRICT;
CREATE TABLE judgments (
    submission TEXT NOT NULL REFERENCES submissions (key),
    question TEXT NOT NULL,
    number REAL,
    text TEXT,
    turns TEXT CHECK (turns IS NULL OR json_valid(turns)),
    CHECK ((number IS NOT NULL) + (text IS NOT NULL) + (turns IS NOT NULL) = 1),
    PRIMARY KEY (submission, question)
) STRICT;
CREATE TABLE exclusions (
    id INTEGER PRIMARY KEY,
    study TEXT NOT NULL REFERENCES studies (name),
    rater TEXT REFERENCES raters (id),
    assignment INTEGER REFERENCES assignments (id),
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    who TEXT NOT NULL,
    at REAL NOT NULL,
    revoked_at REAL,
    CHECK ((rater IS NULL) != (assignment IS NULL))
) STRICT
"""

# held_submissions: the latest revision of each assignment. counted_judgments: of those, the
# judgments without an exclusion in force. They are views, so that each rule is stated once.
_VIEWS = """
CREATE VIEW held_submissions AS
    SELECT * FROM submissions AS s
    WHERE revision = (SELECT max(revision) FROM submissions WHERE assignment = s.assignment);
CREATE VIEW held_judgments AS
    SELECT a.study, a.task, a.unit, a.rater, a.crowd, a.id AS assignment, a.position, a.swapped,
        a.state, s.revision, s.seconds, s.at, j.question, j.number, j.text, j.turns,
        EXISTS (
            SELECT 1 FROM exclusions AS e
            WHERE e.revoked_at IS NULL AND (e.assignment = a.id OR e.rater = a.rater)
        ) AS excluded
    FROM judgments AS j
    JOIN held_submissions AS s ON s.key = j.submission
    JOIN assignments AS a ON a.id = s.assignment;
CREATE VIEW counted_judgments AS
    SELECT * FROM held_judgments WHERE NOT excluded
"""
