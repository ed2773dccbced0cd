"""IARD: ReDial dialogues with seeker intents and recommender actions (Cai and Chen, UMAP 2020).

    {"391": {"dialogue_info": {"1": {"utterance_pos": 1, "worker_id": "7", "role": "seeker",
      "utterance_text": "I liked @12 <Airplane!>", "sub-intent/action": ["PRO"]}}}}

One JSON object: conversation id -> `dialogue_info`, utterances by id with a `role`, codes and a
text in which films appear as `@id <Title>`. Research use, not commercial: see the licence.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from backend.corpora import ImportReport
from backend.corpora.reading import Raw, entries, find, json_members, require_any
from backend.dialogue import (
    IARD_ACTS,
    Act,
    Dialogue,
    Mention,
    Origin,
    Player,
    Provenance,
    Role,
    Turn,
)
from backend.pool import Entry

CORPUS = "iard"
LICENCE = "MIT file; README: research, non-commercial only. Text: ReDial, CC BY 4.0"
FILES = ("umap2020_IARD*.json",)

#: Codes as the file writes them where the paper's tables write otherwise.
AS_RELEASED = {"R-ANS": "ANS", "CLQ": "CLA"}

# A title in angle brackets that the release repeats right behind itself is one mention.
_ITEM = re.compile(r"@(?P<item>\d+)\s*<(?P<title>[^<>]*)>(?:\s*<(?P=title)>)*")


class _Utterance(Raw):
    utterance_pos: int
    worker_id: str
    role: Literal["seeker", "recommender"]
    utterance_text: str
    codes: tuple[str, ...] = Field(default=(), alias="sub-intent/action")


class _Record(Raw):
    accepted_recommendation: tuple[int, ...] = ()
    dialogue_info: dict[str, _Utterance]


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """The labelled dialogues of a file or a folder's files. Raises CorpusError."""
    for file in find(path, CORPUS, FILES):
        convert = partial(_entry, report=report)
        yield from entries(json_members(file, report), convert, report)
    require_any(report, path, CORPUS, "a JSON object of conversations with dialogue_info")


def _entry(value: Any, report: ImportReport) -> Entry:
    conversation, body = value
    record = _Record.model_validate(body)
    utterances = sorted(record.dialogue_info.values(), key=lambda u: u.utterance_pos)
    workers = {utterance.role: utterance.worker_id for utterance in utterances}
    accepted = [
        i for i, u in enumerate(utterances) if u.utterance_pos in record.accepted_recommendation
    ]
    return Entry(
        dialogue=Dialogue(
            turns=tuple(_turn(utterance, report) for utterance in utterances),
            seeker=_person(workers.get("seeker")),
            recommender=_person(workers.get("recommender")),
            provenance=Provenance(
                corpus=CORPUS,
                source_id=conversation,
                licence=LICENCE,
                notes={"accepting_turns": [*accepted], "redial_conversation": conversation},
            ),
        )
    )


def _turn(utterance: _Utterance, report: ImportReport) -> Turn:
    role = Role(utterance.role)
    mentions: list[Mention] = []

    def name(found: re.Match[str]) -> str:
        title = " ".join(found["title"].split())
        if title:
            mentions.append(Mention(title=title, item=found["item"]))
        return title or "that film"

    text = re.sub(r" {2,}", " ", _ITEM.sub(name, utterance.utterance_text)).strip()
    acts = []
    for code in utterance.codes:
        kind = IARD_ACTS[role].get(AS_RELEASED.get(code, code))
        if kind is None:
            report.note(f"{role.value} code {code!r} unknown, dropped")
        else:
            items = tuple(dict.fromkeys(str(mention.item) for mention in mentions))
            acts.append(Act(kind=kind, code=code, items=items if code.startswith("REC") else ()))
    return Turn(role=role, text=text, acts=tuple(acts), mentions=tuple(mentions))


def _person(worker: str | None) -> Player:
    # IARD keeps ReDial's worker ids, so that one person has one pseudonym in both.
    return Player(origin=Origin.HUMAN, person=f"redial:{worker}" if worker else None)
