"""The pool: dialogues, their scores, and the human labels that came with them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import sqlite_utils
from pydantic import Field

from backend.database import Database
from backend.dialogue import Dialogue, Fact, Label, Origin, Provenance, Role, Score, Turn
from backend.schema import migrations

__all__ = ["Added", "DialogueFilter", "Entry", "Failure", "Pool", "migrations"]


class DialogueFilter(Fact):
    """A selection of dialogues. Every given condition must hold; an absent one excludes nothing.

    Lengths are inclusive; `turns` counts both roles, `seeker_words` whitespace-separated words.
    """

    corpus: tuple[str, ...] | None = None
    seeker_origin: tuple[Origin, ...] | None = None
    seeker_system: tuple[str, ...] | None = None
    recommender_origin: tuple[Origin, ...] | None = None
    recommender_system: tuple[str, ...] | None = None
    min_turns: int | None = Field(default=None, ge=0)
    max_turns: int | None = Field(default=None, ge=0)
    min_seeker_turns: int | None = Field(default=None, ge=0)
    min_seeker_words: int | None = Field(default=None, ge=0)
    max_seeker_words: int | None = Field(default=None, ge=0)

    def where(self) -> tuple[str, dict[str, Any]]:
        """An SQL condition over `dialogues` and its parameters."""
        conditions, parameters = ["1"], dict[str, Any]()
        for name, value in self.model_dump(exclude_none=True, mode="json").items():
            if isinstance(value, list):
                conditions.append(f"{name} IN (SELECT value FROM json_each(:{name}))")
                parameters[name] = json.dumps(value)
            else:
                bound, column = name.split("_", 1)
                conditions.append(f"{column} {'>=' if bound == 'min' else '<='} :{name}")
                parameters[name] = value
        return " AND ".join(conditions), parameters


class Entry(Fact):
    """A dialogue from a corpus reader or a simulator, with its labels and scores."""

    dialogue: Dialogue
    labels: tuple[Label, ...] = ()
    scores: tuple[Score, ...] = ()


@dataclass
class Added:
    """Numbers of rows that `add` stored. `unchanged` counts dialogues stored before."""

    dialogues: int = 0
    unchanged: int = 0
    labels: int = 0
    scores: int = 0
    systems: set[str] = field(default_factory=set)


class Failure(Fact):
    """A simulated dialogue that was not completed: the reason, and its turns until then."""

    provenance: Provenance
    reason: str
    turns: tuple[Turn, ...] = ()


class Pool:
    """Dialogues in a database file. Dialogues are never edited or deleted here."""

    #: Columns of `frame` and `find`: what studies filter by and pages list.
    COLUMNS = (
        "id, corpus, source_id, licence, seeker_origin, seeker_system, recommender_origin, "
        "recommender_system, turns, seeker_turns, seeker_words, recommender_words, added_at"
    )

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, entries: Iterable[Entry]) -> Added:
        """Store the entries that are new, in one transaction. Adding one twice changes nothing."""
        added = Added()
        with self.database.writing() as db:
            for entry in entries:
                is_new = db.conn.execute(
                    f"INSERT INTO dialogues ({', '.join(_row(entry.dialogue))}) "
                    f"VALUES ({', '.join(':' + name for name in _row(entry.dialogue))}) "
                    # Not OR IGNORE, which would swallow a failed CHECK as well.
                    "ON CONFLICT DO NOTHING",
                    _row(entry.dialogue),
                ).rowcount
                added.dialogues += is_new
                added.unchanged += 1 - is_new
                for label in entry.labels:
                    added.labels += _insert_label(db, label)
                for score in entry.scores:
                    added.scores += _insert_score(db, score)
                for role in Role:
                    if system := entry.dialogue.player(role).system:
                        added.systems.add(system.name)
        return added

    def add_failures(self, failures: Iterable[Failure]) -> None:
        """Record dialogues that were not completed. A new failure replaces the earlier record."""
        with self.database.writing() as db:
            for failure in failures:
                turns = [turn.model_dump(mode="json") for turn in failure.turns]
                db.conn.execute(
                    "INSERT OR REPLACE INTO failures (dialogue, source_id, reason, turns) "
                    "VALUES (?, ?, ?, ?)",
                    (
                        failure.provenance.dialogue,
                        failure.provenance.source_id,
                        failure.reason,
                        json.dumps(turns),
                    ),
                )

    def failures(self) -> pd.DataFrame:
        """Simulated dialogues not completed: dialogue, source_id, reason, turns (JSON), at."""
        return self.database.frame("SELECT * FROM failures ORDER BY at, dialogue")

    def add_scores(self, scores: Iterable[Score]) -> int:
        """Store scores of dialogues in the pool, in one transaction; return how many are new."""
        with self.database.writing() as db:
            return sum(_insert_score(db, score) for score in scores)

    def scored(self, version: str) -> set[str]:
        """Ids of the dialogues with scores of a version."""
        rows = self.database.rows(
            "SELECT DISTINCT dialogue FROM scores WHERE version = ?", [version]
        )
        return {str(row["dialogue"]) for row in rows}

    def scores_fingerprint(self) -> tuple[int, int]:
        """The number of scores and the last row id, which change whenever a score is added."""
        row = self.database.rows("SELECT count(*) AS n, ifnull(max(rowid), 0) AS last FROM scores")
        return int(row[0]["n"]), int(row[0]["last"])

    def keep_realism(
        self, name: str, role: Role, real: DialogueFilter, simulated: DialogueFilter, body: str
    ) -> None:
        """Store a comparison of two sets by its name; one of the same sets is replaced."""
        with self.database.writing() as db:
            db.conn.execute(
                "INSERT OR REPLACE INTO realisms (name, role, real, simulated, body) "
                "VALUES (?, ?, ?, ?, ?)",
                (name, role.value, real.model_dump_json(), simulated.model_dump_json(), body),
            )

    def realisms(self) -> pd.DataFrame:
        """Comparisons kept: name, role, real, simulated (filters, JSON), body (JSON), at."""
        return self.database.frame("SELECT * FROM realisms ORDER BY name, at")

    def missing(self, dialogues: Sequence[str]) -> set[str]:
        """The ids that are not in the pool, out of those given."""
        rows = self.database.rows(
            "SELECT id FROM dialogues WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(dialogues))],
        )
        return set(dialogues) - {str(row["id"]) for row in rows}

    def get(self, dialogue: str) -> Dialogue:
        """The dialogue with this id. Raises KeyError."""
        return self.get_many([dialogue])[dialogue]

    def get_many(self, dialogues: Sequence[str]) -> dict[str, Dialogue]:
        """Dialogues by id. Raises KeyError naming the first id that is not in the pool."""
        by_id = {
            row["id"]: Dialogue.model_validate_json(row["body"])
            for row in self.database.rows(
                "SELECT id, body FROM dialogues WHERE id IN (SELECT value FROM json_each(?))",
                [json.dumps(list(dialogues))],
            )
        }
        for wanted in dialogues:
            if wanted not in by_id:
                raise KeyError(f"no dialogue {wanted!r} in {self.database.path}")
        return by_id

    def frame(self, which: DialogueFilter | None = None) -> pd.DataFrame:
        """One row per dialogue, columns `COLUMNS`, ordered by id, without the turns."""
        condition, parameters = (which or DialogueFilter()).where()
        return self.database.frame(
            f"SELECT {self.COLUMNS} FROM dialogues WHERE {condition} ORDER BY id", parameters
        )

    def count(self, which: DialogueFilter | None = None) -> int:
        """The number of dialogues that pass the filter."""
        condition, parameters = (which or DialogueFilter()).where()
        rows = self.database.rows(
            f"SELECT count(*) AS n FROM dialogues WHERE {condition}", parameters
        )
        return int(rows[0]["n"])

    def labels(self, dialogue: str | None = None) -> pd.DataFrame:
        """Imported human labels: dialogue, corpus, turn, question, rater, number, text, low, high.

        Without `dialogue`, all of them. `rater` is missing where only aggregates were released.
        """
        return self.database.frame(
            "SELECT dialogue, corpus, turn, question, rater, number, text, low, high "
            "FROM labels JOIN dialogues ON dialogues.id = dialogue "
            "WHERE :dialogue IS NULL OR dialogue = :dialogue",
            {"dialogue": dialogue},
        )

    def remove(self, dialogues: Sequence[str]) -> None:
        """Delete dialogues with their scores and labels, for a person who has withdrawn."""
        parameters = [(dialogue,) for dialogue in dialogues]
        with self.database.writing() as db:
            for table, column in (
                ("scores", "dialogue"),
                ("labels", "dialogue"),
                ("dialogues", "id"),
            ):
                db.conn.executemany(f"DELETE FROM {table} WHERE {column} = ?", parameters)

    def label_questions(self) -> list[dict[str, Any]]:
        """Questions that labels answer with numbers: corpus, question, per_turn, low, high."""
        rows = self.database.rows(
            "SELECT corpus, question, turn IS NOT NULL AS per_turn, min(low) AS low, "
            "max(high) AS high FROM labels JOIN dialogues ON dialogues.id = dialogue "
            "WHERE number IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 3, 2"
        )
        return [dict(row) for row in rows]

    def scores(self, dialogue: str | None = None) -> pd.DataFrame:
        """Automatic scores: dialogue, turn, metric, version, value, missing."""
        return self.database.frame(
            "SELECT dialogue, turn, metric, version, value, missing FROM scores "
            "WHERE :dialogue IS NULL OR dialogue = :dialogue",
            {"dialogue": dialogue},
        )


def _row(dialogue: Dialogue) -> dict[str, Any]:
    seeker, recommender = dialogue.seeker, dialogue.recommender
    return {
        "id": dialogue.id,
        "corpus": dialogue.provenance.corpus,
        "source_id": dialogue.provenance.source_id,
        "licence": dialogue.provenance.licence,
        "seeker_origin": seeker.origin.value,
        "seeker_system": seeker.system and seeker.system.name,
        "recommender_origin": recommender.origin.value,
        "recommender_system": recommender.system and recommender.system.name,
        "turns": len(dialogue.turns),
        "seeker_turns": len(dialogue.turns_of(Role.SEEKER)),
        "seeker_words": dialogue.words_of(Role.SEEKER),
        "recommender_words": dialogue.words_of(Role.RECOMMENDER),
        "body": dialogue.model_dump_json(exclude_defaults=True),
    }


def _insert_label(db: sqlite_utils.Database, label: Label) -> int:
    number, text = (
        (None, label.value) if isinstance(label.value, str) else (float(label.value), None)
    )
    return db.conn.execute(
        "INSERT INTO labels (dialogue, turn, question, rater, number, text, low, high) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            label.dialogue,
            label.turn,
            label.question,
            label.rater,
            number,
            text,
            label.low,
            label.high,
        ),
    ).rowcount


def _insert_score(db: sqlite_utils.Database, score: Score) -> int:
    return db.conn.execute(
        "INSERT INTO scores (dialogue, turn, metric, version, value, missing) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (score.dialogue, score.turn, score.metric, score.version, score.value, score.missing),
    ).rowcount
