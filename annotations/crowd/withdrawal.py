"""A rater's withdrawal, and deletion of data whose retention period is over."""

import time
from dataclasses import dataclass
from typing import Any

import sqlite_utils

from backend.database import Database
from backend.pool import Pool

#: Number of days for which log-in attempts are kept.
ATTEMPTS_DAYS = 90


@dataclass(frozen=True)
class Erased:
    """The amounts of data that a withdrawal erased."""

    screens: int
    answers: int
    chats: int


def withdraw(database: Database, rater: str, *, now: float | None = None) -> Erased | None:
    """Erase a rater's data at their own request; keep the fact and time of the withdrawal.

    This erases answers, drafts, practice, background, chats, messages in live games, reports,
    exclusions, and the recruiter's id. The record of consent stays, as proof that there was one.
    Units that the rater had judged are open again. A second call changes nothing. Returns None for
    an unknown rater.
    """
    now = time.time() if now is None else now
    with database.writing() as db:
        erased = erase(database, db, rater, now)
    if erased:
        database.settle()
    return erased


def erase(database: Database, db: sqlite_utils.Database, rater: str, now: float) -> Erased | None:
    """Do what `withdraw` does, within the caller's transaction."""
    row = db.conn.execute("SELECT withdrawn_at FROM raters WHERE id = ?", [rater]).fetchone()
    if row is None:
        return None
    if row[0] is not None:
        kept = db.conn.execute(
            "SELECT screens, answers, chats FROM withdrawals WHERE rater = ?", [rater]
        ).fetchone()
        return Erased(*kept)
    erased = Erased(
        _count(db, "SELECT count(*) FROM assignments WHERE rater = ? AND done_at > 0", rater),
        _count(
            db,
            "SELECT count(*) FROM judgments JOIN submissions ON key = submission "
            "JOIN assignments AS a ON a.id = assignment WHERE rater = ?",
            rater,
        ),
        _count(
            db, "SELECT count(*) FROM (SELECT assignment FROM chats UNION "
            "SELECT assignment FROM seats) JOIN assignments ON id = assignment "
            "WHERE rater = ?", rater,
        ),
    )  # fmt: skip
    db.conn.execute(
        "UPDATE raters SET withdrawn_at = ?, person = NULL, device = NULL WHERE id = ?",
        [now, rater],
    )
    Pool(database).remove(_delete_rows(db, rater, now))
    db.conn.execute(
        "INSERT INTO withdrawals (rater, at, screens, answers, chats) VALUES (?, ?, ?, ?, ?)",
        [rater, now, erased.screens, erased.answers, erased.chats],
    )
    return erased


def withdrawn_at(database: Database, rater: str) -> float | None:
    """When a rater withdrew, if they did."""
    row = database.row("SELECT withdrawn_at AS at FROM raters WHERE id = ?", [rater])
    return row["at"] if row else None


def withdrawals(database: Database, study: str) -> list[dict[str, Any]]:
    """When raters of a study withdrew, and how much was erased: at, screens, answers, chats."""
    return database.rows(
        "SELECT at, screens, answers, chats FROM withdrawals JOIN raters ON id = rater "
        "WHERE study = ? ORDER BY at",
        [study],
    )


def keep_no_longer(database: Database, *, now: float | None = None) -> dict[str, int]:
    """Delete data past their retention: recruiters' raw ids, device hashes, log-in attempts."""
    now = time.time() if now is None else now
    gone = {}
    with database.writing() as db:
        gone["recruiter ids"] = db.conn.execute(
            "DELETE FROM recruiter_ids WHERE delete_at <= ?", [now]
        ).rowcount
        gone["device marks"] = db.conn.execute(
            "UPDATE raters SET device = NULL WHERE device NOTNULL AND created_at + 86400 * "
            "(SELECT ifnull(json_extract(protocol, '$.privacy.recruiter_ids_days'), 90) "
            "FROM studies WHERE name = study) <= ?",
            [now],
        ).rowcount
        gone["log-ins"] = db.conn.execute(
            "DELETE FROM attempts WHERE at <= ?", [now - ATTEMPTS_DAYS * 86400]
        ).rowcount
    return gone


_MINE = "(SELECT id FROM assignments WHERE rater = :rater)"


def _delete_rows(db: sqlite_utils.Database, rater: str, now: float) -> list[str]:
    """Delete a rater's rows; returns the dialogues they took part in, for the pool to remove."""
    told = {"rater": rater, "now": now}
    games = f"(SELECT game FROM seats WHERE assignment IN {_MINE})"
    chats = [
        row[0]
        for row in db.conn.execute(
            f"SELECT dialogue FROM chats WHERE assignment IN {_MINE} "
            f"UNION SELECT dialogue FROM game_dialogues WHERE game IN {games}",
            told,
        )
    ]
    for statement in (
        "DELETE FROM judgments WHERE submission IN "
        f"(SELECT key FROM submissions WHERE assignment IN {_MINE})",
        f"DELETE FROM submissions WHERE assignment IN {_MINE}",
        f"DELETE FROM drafts WHERE assignment IN {_MINE}",
        f"DELETE FROM chat_turns WHERE assignment IN {_MINE}",
        f"DELETE FROM chats WHERE assignment IN {_MINE}",
        # A game of two is one conversation: the partner's replies are erased with the messages.
        f"DELETE FROM lines WHERE game IN {games}",
        f"DELETE FROM game_dialogues WHERE game IN {games}",
        f"UPDATE games SET over_at = :now, reason = 'left' WHERE id IN {games} AND over_at IS NULL",
        f"DELETE FROM lobby WHERE assignment IN {_MINE}",
        f"DELETE FROM partner_failures WHERE assignment IN {_MINE}",
        f"DELETE FROM facts WHERE assignment IN {_MINE}",
        f"DELETE FROM exclusions WHERE rater = :rater OR assignment IN {_MINE}",
        "DELETE FROM practice WHERE rater = :rater",
        "DELETE FROM backgrounds WHERE rater = :rater",
        "DELETE FROM reports WHERE rater = :rater",
        "UPDATE assignments SET state = 'released', done_at = NULL WHERE rater = :rater",
        "DELETE FROM recruiter_ids WHERE rater = :rater",
    ):
        db.conn.execute(statement, told)
    # Other studies may show these chats: their units can no longer be judged, or counted.
    for dialogue in chats:
        shown = "EXISTS (SELECT 1 FROM json_each(dialogues) WHERE value = :dialogue)"
        db.conn.execute(
            "UPDATE assignments SET state = 'released' WHERE state = 'open' AND "
            f"(study, task, unit) IN (SELECT study, task, unit FROM units WHERE {shown})",
            {"dialogue": dialogue},
        )
        db.conn.execute(
            f"UPDATE units SET purpose = 'withdrawn' WHERE {shown}", {"dialogue": dialogue}
        )
    return chats


def _count(db: sqlite_utils.Database, sql: str, rater: str) -> int:
    return int(db.conn.execute(sql, [rater]).fetchone()[0])
