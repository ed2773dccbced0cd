"""Recruiters' ids by rater, and deletion of whole studies: the SQL of migration m005."""

# A person who took part in several studies had one row, with the parameters of the last study.
# The raters of the other studies keep only the first parameter, which identifies the person.
TABLES = """
CREATE TABLE recruiter_ids_2 (
    rater TEXT PRIMARY KEY REFERENCES raters (id),
    raw TEXT NOT NULL CHECK (json_valid(raw)),
    at REAL NOT NULL,
    delete_at REAL NOT NULL
) STRICT;
INSERT INTO recruiter_ids_2
    SELECT r.id,
        CASE WHEN EXISTS (
            SELECT 1 FROM raters AS later
            WHERE later.person = r.person AND later.created_at > r.created_at
        ) THEN (
            SELECT json_group_object(key, value)
            FROM (SELECT key, value FROM json_each(i.raw) LIMIT 1)
        ) ELSE i.raw END,
        i.at, i.delete_at
    FROM raters AS r JOIN recruiter_ids AS i ON i.person = r.person;
DROP TABLE recruiter_ids;
ALTER TABLE recruiter_ids_2 RENAME TO recruiter_ids
"""

# A withdrawal keeps the record of consent. Only the deletion of a whole study removes it.
CONSENTS = """
CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents
WHEN (SELECT withdrawn_at FROM raters WHERE id = OLD.rater) IS NULL
BEGIN SELECT RAISE(ABORT, 'consents is append-only, save for raters who have withdrawn'); END
"""
