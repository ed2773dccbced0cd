"""ReDial: people recommending films to people (Li et al., NeurIPS 2018), CC BY 4.0.

    {"conversationId": "1", "initiatorWorkerId": 4, "respondentWorkerId": 5, "messages":
      [{"senderWorkerId": 4, "text": "I liked @12", "timeOffset": 0}],
      "movieMentions": {"12": "Airplane! (1980)"}, "initiatorQuestions": {}}

One JSON line per dialogue: `messages` with `@id` for each film, titles by id in `movieMentions`,
and a form by each side about the films that were suggested, seen and liked. iEvaLM's release
of the validation dialogues has merged consecutive messages of one speaker and has no times.
"""

import csv
import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from backend.corpora import ImportReport
from backend.corpora.reading import Raw, entries, find, json_lines, require_any
from backend.dialogue import Dialogue, Mention, Origin, Player, Provenance, Role, Turn
from backend.pool import Entry

CORPUS = "redial"
LICENCE = "CC BY 4.0"
FILES = ("redial_*.jsonl", "train_data.jsonl", "test_data.jsonl", "valid_data.jsonl")

#: What stands in the text for a film that has an id and no title anywhere.
UNNAMED = "that film"

_ITEM = re.compile(r"@(\d{5,})")
_TITLES_FILE = "movies_with_mentions.csv"


def _dict(value: Any) -> Any:
    """The release writes an empty object as an empty list."""
    return {} if value == [] else value


class _Message(Raw):
    senderWorkerId: str
    text: str
    timeOffset: float | None = None


class _Record(Raw):
    conversationId: str
    initiatorWorkerId: str
    respondentWorkerId: str
    messages: tuple[_Message, ...]
    movieMentions: Annotated[dict[str, str | None], BeforeValidator(_dict)] = Field(
        default_factory=dict
    )
    initiatorQuestions: Annotated[dict[str, dict[str, int]], BeforeValidator(_dict)] = Field(
        default_factory=dict
    )
    respondentQuestions: Annotated[dict[str, dict[str, int]], BeforeValidator(_dict)] = Field(
        default_factory=dict
    )


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """ReDial dialogues of a file, or of all of a folder's. Raises CorpusError."""
    for file in find(path, CORPUS, FILES):
        titles = _titles(file.with_name(_TITLES_FILE))
        convert = partial(_entry, file=file, titles=titles, report=report)
        yield from entries(json_lines(file, report), convert, report)
    require_any(report, path, CORPUS, "a JSON line a dialogue, with conversationId and messages")


def _entry(value: Any, file: Path, titles: dict[str, str], report: ImportReport) -> Entry:
    record = _Record.model_validate(value)
    named = {item: title for item, title in record.movieMentions.items() if title}
    known = ChainMap(named, titles)
    unnamed: list[str] = []
    turns = []
    for message in record.messages:
        text, mentions, lost = _rendered(message.text, known)
        unnamed += lost
        turns.append(
            Turn(role=_role(message, record), text=text, mentions=mentions, time=message.timeOffset)
        )
        if not text:
            report.note("empty message, kept")
        if strays := sum(mention.item not in named for mention in mentions):
            report.note(f"item id titled by {_TITLES_FILE} only", strays)
    if unnamed:
        report.note(f"item id without a title, written '{UNNAMED}'", len(unnamed))
    return Entry(
        dialogue=Dialogue(
            turns=tuple(turns),
            seeker=_person(record.initiatorWorkerId),
            recommender=_person(record.respondentWorkerId),
            provenance=Provenance(
                corpus=CORPUS,
                source_id=record.conversationId,
                licence=LICENCE,
                notes={
                    "file": file.name,
                    "initiator_form": {k: {**v} for k, v in record.initiatorQuestions.items()},
                    "respondent_form": {k: {**v} for k, v in record.respondentQuestions.items()},
                    **({"unnamed_items": [*unnamed]} if unnamed else {}),
                },
            ),
        )
    )


def _role(message: _Message, record: _Record) -> Role:
    if message.senderWorkerId == record.initiatorWorkerId:
        return Role.SEEKER
    if message.senderWorkerId == record.respondentWorkerId:
        return Role.RECOMMENDER
    raise ValueError(f"message by worker {message.senderWorkerId}, who is neither side")


def _person(worker: str) -> Player:
    return Player(origin=Origin.HUMAN, person=f"{CORPUS}:{worker}")


def _rendered(text: str, titles: Mapping[str, str]) -> tuple[str, tuple[Mention, ...], list[str]]:
    """The text with titles for ids, the items so named, and the ids no title is known for."""
    mentions: list[Mention] = []
    unnamed: list[str] = []

    def name(found: re.Match[str]) -> str:
        title = " ".join(titles.get(found[1], "").split())
        if title:
            mentions.append(Mention(title=title, item=found[1]))
        else:
            unnamed.append(found[1])
        # Ids are sometimes typed against the next word; titles must not be.
        before = " " if text[: found.start()][-1:].isalnum() else ""
        after = " " if text[found.end() :][:1].isalnum() else ""
        return before + (title or UNNAMED) + after

    return _ITEM.sub(name, text).strip(), tuple(mentions), unnamed


def _titles(file: Path) -> dict[str, str]:
    """Titles of all films of the release, where that list stands beside the dialogues."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return {row.get("movieId", ""): row.get("movieName") or "" for row in csv.DictReader(rows)}
