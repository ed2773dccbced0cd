"""Tables of the pool, as migrations. Add new migrations at the end; never edit an old one."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("pool")


@migrations()
def m001_pool(db: sqlite_utils.Database) -> None:
    """Dialogues with the columns that studies filter by; labels; scores."""
    for statement in (
        """
        CREATE TABLE dialogues (
            id TEXT PRIMARY KEY,
            corpus TEXT NOT NULL,
            source_id TEXT NOT NULL,
            licence TEXT NOT NULL,
            seeker_origin TEXT NOT NULL CHECK (seeker_origin IN ('human', 'simulated', 'authored')),
            seeker_system TEXT CHECK ((seeker_origin = 'simulated') = (seeker_system IS NOT NULL)),
            recommender_origin TEXT NOT NULL
                CHECK (recommender_origin IN ('human', 'simulated', 'authored')),
            recommender_system TEXT
                CHECK ((recommender_origin = 'simulated') = (recommender_system IS NOT NULL)),
            turns INTEGER NOT NULL CHECK (turns >= 0),
            seeker_turns INTEGER NOT NULL CHECK (seeker_turns >= 0),
            seeker_words INTEGER NOT NULL CHECK (seeker_words >= 0),
            recommender_words INTEGER NOT NULL CHECK (recommender_words >= 0),
            body TEXT NOT NULL CHECK (json_valid(body)),
            added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
            UNIQUE (corpus, source_id)
        ) STRICT
        """,
        "CREATE INDEX dialogues_systems ON dialogues (corpus, seeker_system, recommender_system)",
        """
        CREATE TABLE labels (
            dialogue TEXT NOT NULL REFERENCES dialogues (id),
            turn INTEGER CHECK (turn >= 0),
            question TEXT NOT NULL,
            rater TEXT,
            number REAL,
            text TEXT,
            low REAL,
            high REAL,
            CHECK ((number IS NULL) != (text IS NULL)),
            CHECK (number IS NULL OR low IS NULL OR number >= low),
            CHECK (number IS NULL OR high IS NULL OR number <= high)
        ) STRICT
        """,
        """
        CREATE UNIQUE INDEX labels_once
            ON labels (dialogue, question, ifnull(turn, -1), ifnull(rater, ''), ifnull(text, ''))
        """,
        """
        CREATE TABLE scores (
            dialogue TEXT NOT NULL REFERENCES dialogues (id),
            turn INTEGER CHECK (turn >= 0),
            metric TEXT NOT NULL,
            version TEXT NOT NULL,
            value REAL,
            missing TEXT,
            CHECK ((value IS NULL) != (missing IS NULL))
        ) STRICT
        """,
        "CREATE UNIQUE INDEX scores_once ON scores (dialogue, metric, version, ifnull(turn, -1))",
    ):
        db.conn.execute(statement)


@migrations()
def m002_failures(db: sqlite_utils.Database) -> None:
    """Simulated dialogues that were not completed. They are recorded apart from the pool."""
    db.conn.execute(
        """
        CREATE TABLE failures (
            dialogue TEXT PRIMARY KEY,
            source_id TEXT NOT NULL,
            reason TEXT NOT NULL,
            turns TEXT NOT NULL CHECK (json_valid(turns)),
            at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        ) STRICT
        """
    )


@migrations()
def m003_realisms(db: sqlite_utils.Database) -> None:
    """Comparisons of a simulated set with a real one, by name."""
    db.conn.execute(
        """
        CREATE TABLE realisms (
            name TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN ('seeker', 'recommender')),
            real TEXT NOT NULL CHECK (json_valid(real)),
            simulated TEXT NOT NULL CHECK (json_valid(simulated)),
            body TEXT NOT NULL CHECK (json_valid(body)),
            at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        ) STRICT
        """
    )


@migrations()
def m004_realisms_of_one_name(db: sqlite_utils.Database) -> None:
    """Keep comparisons of one name apart where their sides differ."""
    db.conn.execute("ALTER TABLE realisms RENAME TO realisms_by_name")
    db.conn.execute(
        """
        CREATE TABLE realisms (
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('seeker', 'recommender')),
            real TEXT NOT NULL CHECK (json_valid(real)),
            simulated TEXT NOT NULL CHECK (json_valid(simulated)),
            body TEXT NOT NULL CHECK (json_valid(body)),
            at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
            PRIMARY KEY (name, role, real, simulated)
        ) STRICT
        """
    )
    db.conn.execute(
        "INSERT INTO realisms (name, role, real, simulated, body, at) "
        "SELECT name, role, real, simulated, body, at FROM realisms_by_name"
    )
    db.conn.execute("DROP TABLE realisms_by_name")
