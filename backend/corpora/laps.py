"""LAPS: guided self-dialogues about films and recipes in sessions (Joko et al., SIGIR 2024).

    {"worker_id": "w1", "topic": "movie", "sessions": [{"dialogue": [{"role": "User",
      "message": "Something funny?"}], "preferences": {"genre": ["comedy"]}}]}

A JSON array of workers, each with `sessions`; a session is one dialogue with the preferences that
were extracted from it. One worker wrote both sides.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field

from backend.corpora import ImportReport
from backend.corpora.reading import Located, Raw, entries, find, json_items, require_any, why
from backend.dialogue import (
    Attribute,
    Brief,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    Turn,
)
from backend.pool import Entry

CORPUS = "laps"
LICENCE = "MIT"
FILES = ("movie_dataset*.json", "recipe_dataset*.json")


class _Message(Raw):
    role: Literal["User", "Assistant"]
    message: str


class _Worker(Raw):
    worker_id: str
    topic: str
    sessions: tuple[Any, ...]


class _Session(Raw):
    dialogue: tuple[_Message, ...]
    preferences: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    task_setting: str | None = None


class _Place(NamedTuple):
    topic: str
    worker: str
    number: int


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """One dialogue a session. A session that several files hold is read once. Raises CorpusError.

    Names of the sessions met so far are held in memory, not the sessions.
    """
    seen: set[_Place] = set()
    # The split files come first, so that a session is noted with its split.
    files = find(path, CORPUS, FILES)
    for file in sorted(files, key=lambda f: (f.stem.endswith("_dataset"), f.name)):
        sessions = _sessions(file, report, seen)
        yield from entries(sessions, _entry, report)
    require_any(report, path, CORPUS, "a JSON array of workers with worker_id and sessions")


def _sessions(file: Path, report: ImportReport, seen: set[_Place]) -> Iterator[Located]:
    for where, value in json_items(file, report):
        try:
            worker = _Worker.model_validate(value)
        except ValueError as error:
            report.break_at(where, why(error))
            continue
        for number, session in enumerate(worker.sessions, 1):
            place = _Place(worker.topic, worker.worker_id, number)
            if place in seen:
                report.note("session that an earlier file holds too, read once")
                continue
            seen.add(place)
            yield f"{where}, session {number}", (file.name, place, session)


def _entry(value: tuple[str, _Place, Any]) -> Entry:
    file, place, body = value
    session = _Session.model_validate(body)
    worker = Player(origin=Origin.HUMAN, person=f"{CORPUS}:{place.worker}")
    return Entry(
        dialogue=Dialogue(
            turns=tuple(
                Turn(
                    role=Role.SEEKER if message.role == "User" else Role.RECOMMENDER,
                    text=message.message.strip(),
                )
                for message in session.dialogue
            ),
            seeker=worker,
            recommender=worker,
            scenario=_scenario(place.topic, session),
            provenance=Provenance(
                corpus=CORPUS,
                source_id=f"{place.topic}:{place.worker}:{place.number}",
                licence=LICENCE,
                notes={
                    "file": file,
                    "topic": place.topic,
                    "session": place.number,
                    "task_setting": session.task_setting,
                    "one_worker_wrote_both_sides": True,
                },
            ),
        )
    )


def _scenario(topic: str, session: _Session) -> Scenario | None:
    wishes = {name: [v for v in values if v] for name, values in session.preferences.items()}
    stated = "; ".join(
        f"{name.replace('_', ' ')}: {', '.join(values)}"
        for name, values in wishes.items()
        if values
    )
    if not stated:
        return None
    attributes = tuple(
        Attribute(name=name, value=value) for name, values in wishes.items() for value in values
    )
    return Scenario(brief=Brief(summary=f"{topic} — {stated}", attributes=attributes))
