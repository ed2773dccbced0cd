"""Tables of live games: the SQL of migration m004."""

TABLES = """
CREATE TABLE lobby (
    assignment INTEGER PRIMARY KEY REFERENCES assignments (id),
    wants_person INTEGER NOT NULL CHECK (wants_person IN (0, 1)),
    since REAL NOT NULL,
    until REAL NOT NULL,
    seen_at REAL NOT NULL
) STRICT;
CREATE TABLE games (
    id INTEGER PRIMARY KEY,
    study TEXT NOT NULL REFERENCES studies (name),
    task TEXT NOT NULL,
    crowd TEXT NOT NULL,
    brief TEXT NOT NULL CHECK (json_valid(brief)),
    seed INTEGER NOT NULL,
    starts_at REAL NOT NULL,
    ends_at REAL NOT NULL,
    over_at REAL,
    reason TEXT,
    CHECK ((over_at IS NULL) = (reason IS NULL))
) STRICT;
CREATE TABLE seats (
    game INTEGER NOT NULL REFERENCES games (id),
    seat INTEGER NOT NULL CHECK (seat BETWEEN 0 AND 2),
    channel INTEGER CHECK (channel IN (0, 1)),
    role TEXT NOT NULL CHECK (role IN ('seeker', 'recommender')),
    assignment INTEGER UNIQUE REFERENCES assignments (id),
    partner TEXT CHECK (partner IS NULL OR json_valid(partner)),
    system TEXT CHECK (system IS NULL OR json_valid(system)),
    seen_at REAL NOT NULL,
    left_at REAL,
    PRIMARY KEY (game, seat)
) STRICT;
CREATE TABLE lines (
    game INTEGER NOT NULL REFERENCES games (id),
    channel INTEGER NOT NULL CHECK (channel IN (0, 1)),
    position INTEGER NOT NULL CHECK (position >= 0),
    seat INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    at REAL NOT NULL,
    PRIMARY KEY (game, channel, position)
) STRICT;
CREATE TABLE game_dialogues (
    game INTEGER NOT NULL REFERENCES games (id),
    channel INTEGER NOT NULL,
    dialogue TEXT NOT NULL REFERENCES dialogues (id),
    PRIMARY KEY (game, channel)
) STRICT;
CREATE TABLE skips (
    assignment INTEGER PRIMARY KEY REFERENCES assignments (id),
    reason TEXT NOT NULL,
    at REAL NOT NULL
) STRICT
"""

# A line may be deleted only if a rater of its game has withdrawn.
TRIGGERS = """
CREATE TRIGGER lines_no_update BEFORE UPDATE ON lines
BEGIN SELECT RAISE(ABORT, 'lines is append-only'); END;
CREATE TRIGGER lines_no_delete BEFORE DELETE ON lines
WHEN NOT EXISTS (
    SELECT 1 FROM seats AS s JOIN assignments AS a ON a.id = s.assignment
    JOIN raters AS r ON r.id = a.rater WHERE s.game = OLD.game AND r.withdrawn_at NOTNULL
)
BEGIN SELECT RAISE(ABORT, 'lines is append-only, save for raters who have withdrawn'); END
"""
