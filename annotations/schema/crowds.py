"""Tables and views for paid crowds: the SQL of migration m003."""

#: For each table whose rows a withdrawal erases: SQL for the rater a row belongs to.
WHOSE = {
    "practice": "OLD.rater",
    "backgrounds": "OLD.rater",
    "submissions": "(SELECT rater FROM assignments WHERE id = OLD.assignment)",
    "chat_turns": "(SELECT rater FROM assignments WHERE id = OLD.assignment)",
    "judgments": "(SELECT a.rater FROM submissions AS s JOIN assignments AS a "
    "ON a.id = s.assignment WHERE s.key = OLD.submission)",
}

ERASABLE = """
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
WHEN (SELECT withdrawn_at FROM raters WHERE id = {rater}) IS NULL
BEGIN SELECT RAISE(ABORT, '{table} is append-only, save for raters who have withdrawn'); END
"""

# Only recruiter_ids holds raw ids; all other tables identify a person by a keyed hash. The key is
# not in the database file. `units.purpose` distinguishes measured units, checks, and units whose
# dialogue was erased.
TABLES = """
ALTER TABLE raters ADD COLUMN door TEXT NOT NULL DEFAULT 'open';
ALTER TABLE raters ADD COLUMN person TEXT;
ALTER TABLE raters ADD COLUMN device TEXT;
ALTER TABLE raters ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1);
ALTER TABLE raters ADD COLUMN about_at REAL;
ALTER TABLE raters ADD COLUMN screened_at REAL;
ALTER TABLE raters ADD COLUMN withdrawn_at REAL;
CREATE INDEX raters_person ON raters (person);
ALTER TABLE units ADD COLUMN purpose TEXT NOT NULL DEFAULT 'measure'
    CHECK (purpose IN ('measure', 'gold', 'attention', 'withdrawn'));
CREATE TABLE practice_2 (
    rater TEXT NOT NULL REFERENCES raters (id),
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    example INTEGER NOT NULL CHECK (example >= 0),
    answer TEXT NOT NULL,
    correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
    at REAL NOT NULL,
    UNIQUE (rater, attempt, example)
) STRICT;
INSERT INTO practice_2 SELECT rater, 1, example, answer, correct, at FROM practice;
DROP TABLE practice;
ALTER TABLE practice_2 RENAME TO practice;
CREATE TABLE recruiter_ids (
    person TEXT PRIMARY KEY,
    raw TEXT NOT NULL CHECK (json_valid(raw)),
    at REAL NOT NULL,
    delete_at REAL NOT NULL
) STRICT;
CREATE TABLE invites (
    token TEXT PRIMARY KEY,
    study TEXT NOT NULL REFERENCES studies (name),
    made_by TEXT NOT NULL,
    made_at REAL NOT NULL,
    rater TEXT UNIQUE REFERENCES raters (id),
    used_at REAL
) STRICT;
CREATE TABLE refusals (
    study TEXT NOT NULL REFERENCES studies (name),
    reason TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE TABLE backgrounds (
    rater TEXT NOT NULL REFERENCES raters (id),
    question TEXT NOT NULL,
    number REAL,
    text TEXT,
    at REAL NOT NULL,
    CHECK ((number IS NOT NULL) + (text IS NOT NULL) = 1),
    UNIQUE (rater, question)
) STRICT;
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    study TEXT NOT NULL REFERENCES studies (name),
    rater TEXT NOT NULL REFERENCES raters (id),
    assignment INTEGER REFERENCES assignments (id),
    text TEXT NOT NULL,
    at REAL NOT NULL,
    settled_by TEXT,
    settled_at REAL
) STRICT;
CREATE TABLE withdrawals (
    rater TEXT PRIMARY KEY REFERENCES raters (id),
    at REAL NOT NULL,
    screens INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    chats INTEGER NOT NULL
) STRICT;
CREATE TABLE facts (
    assignment INTEGER PRIMARY KEY REFERENCES assignments (id),
    groups TEXT NOT NULL CHECK (json_valid(groups)),
    origins TEXT NOT NULL CHECK (json_valid(origins)),
    stratum TEXT NOT NULL CHECK (json_valid(stratum))
) STRICT;
CREATE TABLE staff (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'admin')),
    email TEXT UNIQUE,
    passphrase TEXT,
    session INTEGER NOT NULL DEFAULT 1,
    made_at REAL NOT NULL,
    CHECK ((email IS NULL) + (passphrase IS NULL) < 2)
) STRICT;
CREATE TABLE attempts (
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    at REAL NOT NULL,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1))
) STRICT;
CREATE INDEX attempts_at ON attempts (at);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    study TEXT,
    details TEXT NOT NULL CHECK (json_valid(details))
) STRICT
"""

# Checks are judged like any unit and never counted; facts of a live game replace its unit's.
VIEWS = """
CREATE VIEW held_judgments AS
    SELECT a.study, a.task, a.unit, a.rater, a.crowd, a.id AS assignment, a.position, a.swapped,
        a.state, s.revision, s.seconds, s.at, j.question, j.number, j.text, j.turns, u.purpose,
        EXISTS (
            SELECT 1 FROM exclusions AS e
            WHERE e.revoked_at IS NULL AND (e.assignment = a.id OR e.rater = a.rater)
        ) AS excluded
    FROM judgments AS j
    JOIN held_submissions AS s ON s.key = j.submission
    JOIN assignments AS a ON a.id = s.assignment
    JOIN units AS u ON (u.study, u.task, u.unit) = (a.study, a.task, a.unit);
CREATE VIEW counted_judgments AS
    SELECT * FROM held_judgments WHERE NOT excluded AND purpose = 'measure'
"""
