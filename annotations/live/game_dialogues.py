"""The messages of live games as stored, and the dialogues made of them."""

from typing import Any

import sqlite_utils

from annotations.study import Study
from annotations.tasks.base import Partner
from backend.database import Database
from backend.dialogue import (
    Brief,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    System,
    Turn,
)
from backend.pool import Entry, Pool

#: Corpus name of dialogues that were live games.
CORPUS = "games"


def lines(db: sqlite_utils.Database, game: int, channel: int) -> list[dict[str, Any]]:
    """The lines of one talk in order, as `turn` and `at`, including lines not shown yet."""
    rows = db.conn.execute(
        "SELECT body, at FROM lines WHERE game = ? AND channel = ? ORDER BY position",
        [game, channel],
    )
    return [{"turn": Turn.model_validate_json(body), "at": at} for body, at in rows]


def keep(database: Database, study: Study, game: int) -> None:
    """Add a finished game to the pool: one dialogue per talk, with people as rater numbers."""
    if database.row("SELECT 1 AS there FROM game_dialogues WHERE game = ?", [game]):
        return
    about = database.rows("SELECT * FROM games WHERE id = ?", [game])[0]
    seats = database.rows(
        "SELECT s.*, r.number, r.withdrawn_at FROM seats AS s LEFT JOIN assignments AS a "
        "ON a.id = s.assignment LEFT JOIN raters AS r ON r.id = a.rater WHERE game = ?",
        [game],
    )
    if any(seat["withdrawn_at"] for seat in seats):
        return
    judge = next(seat for seat in seats if seat["channel"] is None)
    with database.writing() as db:
        for seat in seats:
            channel = seat["channel"]
            said = [] if channel is None else lines(db, game, channel)
            turns = [line["turn"] for line in said if line["at"] <= about["over_at"]]
            if not turns:
                continue
            players = {Role(one["role"]): _player(study, one) for one in (judge, seat)}
            dialogue = Dialogue(
                turns=tuple(turns),
                seeker=players[Role.SEEKER],
                recommender=players[Role.RECOMMENDER],
                scenario=Scenario(brief=Brief.model_validate_json(about["brief"])),
                provenance=Provenance(
                    corpus=CORPUS,
                    source_id=f"{study.name}:{game}:{channel}",
                    licence="collected in this app; see the study's consent",
                    seed=about["seed"],
                ),
            )
            Pool(database).add([Entry(dialogue=dialogue)])
            db.conn.execute(
                "INSERT INTO game_dialogues (game, channel, dialogue) "
                "VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [game, channel, dialogue.id],
            )


def _player(study: Study, seat: dict[str, Any]) -> Player:
    if seat["partner"] is None:
        return Player(origin=Origin.HUMAN, person=f"{study.name}:{seat['number']}")
    if seat["system"] is not None:
        return Player(origin=Origin.SIMULATED, system=System.model_validate_json(seat["system"]))
    partner = Partner.model_validate_json(seat["partner"])  # it never sent a message
    system = System(name=partner.simulator, simulator=partner.simulator)
    return Player(origin=Origin.SIMULATED, system=system)
