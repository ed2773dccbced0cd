"""Rows of a study that only its export reads: consents, raters' backgrounds, ids of dialogues."""

from typing import Any

import pandas as pd

from annotations.records import PEOPLE
from backend.database import Database


def consents(database: Database, name: str) -> list[dict[str, Any]]:
    """Consent texts people agreed to in a study: version, text, n, first, last."""
    return database.rows(
        "SELECT version, text, count(*) AS n, min(at) AS first, max(at) AS last "
        "FROM consents JOIN raters ON id = rater WHERE study = ? AND crowd = ? "
        "GROUP BY version, text ORDER BY first",
        [name, PEOPLE],
    )


def backgrounds(database: Database, name: str) -> pd.DataFrame:
    """Raters' answers about themselves: rater, question, number, text."""
    return database.frame(
        "SELECT b.rater, b.question, b.number, b.text FROM backgrounds AS b "
        "JOIN raters AS r ON r.id = b.rater WHERE r.study = ? ORDER BY r.number, b.question",
        [name],
    )


def dialogue_ids(database: Database, name: str) -> list[str]:
    """Ids of the dialogues a study shows, and of the chats people had in it."""
    rows = database.rows(
        """
        SELECT DISTINCT value AS id FROM units, json_each(dialogues) WHERE study = :study
        UNION
        SELECT dialogue FROM chats JOIN assignments ON id = assignment WHERE study = :study
        UNION
        SELECT dialogue FROM game_dialogues JOIN games ON id = game WHERE study = :study
        """,
        {"study": name},
    )
    return sorted(row["id"] for row in rows)
