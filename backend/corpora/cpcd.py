"""CPCD: people building a playlist with a human wizard (Chaganty et al., SIGIR 2023), CC BY 4.0.

    {"id": "d1", "turns": [{"user_query": "Calm piano, please", "system_response": "Like this?",
      "liked_results": ["t1"]}], "tracks": {"t1": {"track_titles": "Gymnopédie No. 1"}}}

One JSON line per conversation. A turn of the source is a `user_query` and the wizard's
`system_response`, with the tracks shown that the user liked and disliked.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue

from backend.corpora import ImportReport
from backend.corpora.reading import Raw, entries, find, json_lines, require_any
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Turn
from backend.pool import Entry

CORPUS = "cpcd"
LICENCE = "CC BY 4.0"
FILES = ("cpcd_v1.dialogs.*.jsonl",)


class _Exchange(Raw):
    user_query: str
    system_response: str
    liked_results: tuple[str, ...] = ()
    disliked_results: tuple[str, ...] = ()


class _Track(Raw):
    track_titles: str
    track_artists: tuple[str, ...] = ()


class _Record(Raw):
    id: str
    turns: tuple[_Exchange, ...]
    tracks: dict[str, _Track] = Field(default_factory=dict)
    goal_playlist: tuple[str, ...] = ()


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """One dialogue a conversation, of a file or a folder's files. Raises CorpusError."""
    for file in find(path, CORPUS, FILES):
        convert = partial(_entry, file=file, report=report)
        yield from entries(json_lines(file, report), convert, report)
    require_any(report, path, CORPUS, "a JSON line a conversation, with id and turns")


def _entry(value: Any, file: Path, report: ImportReport) -> Entry:
    record = _Record.model_validate(value)
    turns: list[Turn] = []
    liked: dict[str, JsonValue] = {}
    disliked: dict[str, JsonValue] = {}
    for exchange in record.turns:
        for role, text in (
            (Role.SEEKER, exchange.user_query),
            (Role.RECOMMENDER, exchange.system_response),
        ):
            if text.strip():
                turns.append(Turn(role=role, text=text.strip()))
            else:
                report.note(f"no message by the {role.value} in an exchange")
        # Tracks were judged beside the wizard's answer, which is the last turn so far.
        here = str(len(turns) - 1)
        if exchange.liked_results:
            liked[here] = [_named(record, track) for track in exchange.liked_results]
        if exchange.disliked_results:
            disliked[here] = [_named(record, track) for track in exchange.disliked_results]
    report.note("track liked", sum(len(e.liked_results) for e in record.turns))
    report.note("track disliked", sum(len(e.disliked_results) for e in record.turns))
    return Entry(
        dialogue=Dialogue(
            turns=tuple(turns),
            seeker=Player(origin=Origin.HUMAN),
            recommender=Player(origin=Origin.HUMAN),
            provenance=Provenance(
                corpus=CORPUS,
                source_id=record.id,
                licence=LICENCE,
                notes={
                    "file": file.name,
                    "liked": liked,
                    "disliked": disliked,
                    "goal_playlist": [_named(record, track) for track in record.goal_playlist],
                },
            ),
        )
    )


def _named(record: _Record, track: str) -> dict[str, JsonValue]:
    found = record.tracks.get(track)
    if found is None:
        return {"track": track}
    return {"track": track, "title": found.track_titles, "artists": [*found.track_artists]}
