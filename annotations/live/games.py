"""Live games: messages, turn-taking, the end of a game.

Turns alternate in each talk and the seeker begins, so that bursts of messages reveal nobody.
A simulated line is stored with the time at which it appears, which allows for the time that a
person would take to read and to type.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlite_utils

from annotations import records
from annotations.assignment import Assignment
from annotations.live import lobby
from annotations.live.game_dialogues import keep, lines
from annotations.questions import Question
from annotations.study import Study
from annotations.tasks.base import Partner
from annotations.tasks.conversation import LiveGame
from backend.database import Database
from backend.dialogue import Act, ActKind, Brief, Role, System, Turn, speaks_next


class NotNow(Exception):
    """A message can't be sent: it is not the sender's turn, the game is over, or it is too long."""


@dataclass(frozen=True)
class Talk:
    """One talk as a player sees it: the turns that have appeared, and whether it is their turn."""

    channel: int
    turns: tuple[Turn, ...]
    my_turn: bool
    closed: bool


@dataclass(frozen=True)
class Game:
    """A game as one player sees it. Nothing in it says who is simulated.

    `enough`: each side has sent a message in every talk, so that the game can be judged. `ready`:
    the judge may end it, having sent the minimum number of messages in every open talk.
    """

    id: int
    role: Role
    judge: bool
    brief: Brief | None
    talks: tuple[Talk, ...]
    begins_in: float
    seconds_left: float
    over: bool
    reason: str | None
    enough: bool
    ready: bool


@dataclass(frozen=True)
class Due:
    """A pending turn of a simulated player: for the server side only."""

    game: int
    channel: int
    position: int
    partner: Partner
    role: Role
    brief: Brief
    turns: tuple[Turn, ...]
    seed: int
    since: float


def look(
    database: Database, study: Study, given: Assignment, *, now: float | None = None
) -> Game | None:
    """Return an assignment's game as its rater sees it now; None in the lobby.

    Records that the rater is present. Ends the game if its time is up or somebody has left.
    """
    now = time.time() if now is None else now
    mine = database.row("SELECT * FROM seats WHERE assignment = ?", [given.id])
    if mine is None:
        return None
    if now - mine["seen_at"] > lobby.GONE / 5 or _is_due_to_end(database, mine["game"], now):
        with database.writing() as db:
            db.conn.execute("UPDATE seats SET seen_at = ? WHERE assignment = ?", [now, given.id])
            _end_if_due(db, mine["game"], now)
    game = database.rows("SELECT * FROM games WHERE id = ?", [mine["game"]])[0]
    if game["over_at"] is not None:
        keep(database, study, game["id"])
    return _seen_by(database, study, given, game, mine, now)


def say(
    database: Database,
    given: Assignment,
    channel: int,
    text: str,
    limit: int,
    *,
    farewell: bool = False,
    now: float | None = None,
) -> None:
    """Store a person's message in a talk. A farewell ends the talk, as a simulator's does.

    Raises NotNow.
    """
    now = time.time() if now is None else now
    if not text.strip() or len(text) > limit:
        raise NotNow(f"a message has 1 to {limit} characters")
    with database.writing() as db:
        records.require_consent(db, given.rater)
        seat = db.conn.execute(
            "SELECT s.game, s.seat, s.role, s.channel FROM seats AS s JOIN games AS g "
            "ON g.id = s.game WHERE s.assignment = ? AND g.over_at IS NULL "
            "AND ? BETWEEN g.starts_at AND g.ends_at",
            [given.id, now],
        ).fetchone()
        if seat is None or (seat[3] is not None and seat[3] != channel):
            raise NotNow("the conversation is over, or not begun")
        said = lines(db, seat[0], channel)
        if (said and said[-1]["at"] > now) or not _speaks_next(said, Role(seat[2])):
            raise NotNow("the other is writing")
        acts = (Act(kind=ActKind.BYE),) if farewell else ()
        turn = Turn(role=seat[2], text=text.strip(), acts=acts)
        _store(db, seat[0], channel, len(said), seat[1], turn, now)


def due(database: Database, given: Assignment, *, now: float | None = None) -> list[Due]:
    """The pending simulated turns in this rater's game."""
    now = time.time() if now is None else now
    found = []
    for seat in database.rows(
        "SELECT o.seat, o.channel, o.role, o.partner, g.id, g.brief, g.seed, g.starts_at "
        "FROM seats AS s JOIN seats AS o ON o.game = s.game JOIN games AS g ON g.id = s.game "
        "WHERE s.assignment = ? AND o.partner NOTNULL AND g.over_at IS NULL AND g.starts_at <= ?",
        [given.id, now],
    ):
        with database.reading() as db:
            said = lines(db, seat["id"], seat["channel"])
        role = Role(seat["role"])
        if _closed(said, now) or not _speaks_next(said, role):
            continue
        found.append(
            Due(
                game=seat["id"],
                channel=seat["channel"],
                position=len(said),
                partner=Partner.model_validate_json(seat["partner"]),
                role=role,
                brief=Brief.model_validate_json(seat["brief"]),
                turns=tuple(line["turn"] for line in said),
                seed=seat["seed"],
                since=said[-1]["at"] if said else seat["starts_at"],
            )
        )
    return found


def answer(database: Database, due: Due, turn: Turn, at: float, system: System) -> bool:
    """Store a simulated turn that appears at `at`; False where there is one already."""
    with database.writing() as db:
        db.conn.execute(
            "UPDATE seats SET system = ? WHERE game = ? AND channel = ? AND partner NOTNULL "
            "AND system IS NULL",
            [system.model_dump_json(), due.game, due.channel],
        )
        seat = db.conn.execute(
            "SELECT seat FROM seats WHERE game = ? AND channel = ? AND partner NOTNULL",
            [due.game, due.channel],
        ).fetchone()
        return _store(db, due.game, due.channel, due.position, seat[0], turn, at)


def decide(database: Database, given: Assignment, *, now: float | None = None) -> None:
    """End the game for everybody, by the decision of a person such as the judge."""
    now = time.time() if now is None else now
    with database.writing() as db:
        row = db.conn.execute("SELECT game FROM seats WHERE assignment = ?", [given.id]).fetchone()
        if row:
            _over(db, row[0], "decided", now)


def give_up(database: Database, game: int, reason: str, *, now: float | None = None) -> None:
    """End a game whose simulated player can't go on, without revealing that it was simulated."""
    with database.writing() as db:
        _over(db, game, f"failed: {reason}", time.time() if now is None else now)


def go_on(database: Database, given: Assignment, reason: str) -> None:
    """Skip a game that was too short to judge, so that the rater continues with the next screen."""
    with database.writing() as db:
        lobby.skip(db, given.id, reason, time.time())


def questions(study: Study, given: Assignment, game: Game) -> list[Question]:
    """The questions for the player in this seat."""
    return list(study.task(given.task).questions_of(judge=game.judge))


def _seen_by(
    database: Database,
    study: Study,
    given: Assignment,
    game: dict[str, Any],
    mine: dict[str, Any],
    now: float,
) -> Game:
    task = study.task(given.task)
    assert isinstance(task, LiveGame)
    role = Role(mine["role"])
    channels = [
        row["channel"]
        for row in database.rows(
            "SELECT channel FROM seats WHERE game = ? AND channel NOTNULL ORDER BY channel",
            [game["id"]],
        )
        if mine["channel"] in (None, row["channel"])
    ]
    over = game["over_at"] is not None
    talks = []
    for channel in channels:
        with database.reading() as db:
            said = lines(db, game["id"], channel)
        shown = [line for line in said if line["at"] <= now]
        closed = over or _closed(said, now) or len(shown) >= 2 * task.max_messages
        waits = len(shown) < len(said) or closed or now < game["starts_at"]
        talks.append(
            Talk(
                channel,
                tuple(line["turn"] for line in shown),
                not waits and _speaks_next(said, role),
                closed,
            )
        )
    own = [sum(turn.role is role for turn in talk.turns) for talk in talks]
    theirs = [len(talk.turns) - n for talk, n in zip(talks, own, strict=True)]
    judge = task.parties == 2 or mine["channel"] is None
    enough = min(own) >= 1 and min(theirs) >= 1
    said_least = all(
        talk.closed or n >= task.min_messages for talk, n in zip(talks, own, strict=True)
    )
    return Game(
        id=game["id"],
        role=role,
        judge=judge,
        brief=Brief.model_validate_json(game["brief"]) if role is Role.SEEKER else None,
        talks=tuple(talks),
        begins_in=max(0.0, game["starts_at"] - now),
        seconds_left=max(0.0, game["ends_at"] - now),
        over=over or all(talk.closed for talk in talks),
        reason=game["reason"],
        enough=enough,
        ready=judge and enough and said_least,
    )


def _speaks_next(said: Sequence[dict[str, Any]], role: Role) -> bool:
    """Whether it is this role's turn: the seeker begins, then they alternate."""
    return role is speaks_next([line["turn"] for line in said])


def _closed(said: Sequence[dict[str, Any]], now: float) -> bool:
    """Whether the last line that has appeared says goodbye: the rule of `talk.is_over`."""
    shown = [line["turn"] for line in said if line["at"] <= now]
    return bool(shown) and shown[-1].does(ActKind.BYE)


def _store(
    db: sqlite_utils.Database,
    game: int,
    channel: int,
    position: int,
    seat: int,
    turn: Turn,
    at: float,
) -> bool:
    body = turn.model_dump_json(exclude_defaults=True)
    return bool(
        db.conn.execute(
            "INSERT INTO lines (game, channel, position, seat, body, at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [game, channel, position, seat, body, at],
        ).rowcount
    )


_ENDED = """
SELECT ends_at <= :now AS time, EXISTS (
    SELECT 1 FROM seats WHERE game = :game AND assignment NOTNULL AND seen_at < :gone
) AS gone
FROM games WHERE id = :game AND over_at IS NULL AND starts_at <= :now
"""


def _is_due_to_end(database: Database, game: int, now: float) -> bool:
    row = database.row(_ENDED, {"game": game, "now": now, "gone": now - lobby.GONE})
    return bool(row and (row["time"] or row["gone"]))


def _end_if_due(db: sqlite_utils.Database, game: int, now: float) -> None:
    row = db.conn.execute(_ENDED, {"game": game, "now": now, "gone": now - lobby.GONE}).fetchone()
    if row is None:
        return
    if row[0]:
        _over(db, game, "time", now)
    elif row[1]:
        db.conn.execute(
            "UPDATE seats SET left_at = ? WHERE game = ? AND assignment NOTNULL AND seen_at < ?",
            [now, game, now - lobby.GONE],
        )
        _over(db, game, "left", now)


def _over(db: sqlite_utils.Database, game: int, reason: str, now: float) -> None:
    db.conn.execute(
        "UPDATE games SET over_at = ?, reason = ? WHERE id = ? AND over_at IS NULL",
        [now, reason, game],
    )
