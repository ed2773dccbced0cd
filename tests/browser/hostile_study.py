"""A study in which everything that anybody wrote is hostile, and the dialogues for it."""

import json
from pathlib import Path
from typing import Any

from annotations import assignment, journey
from annotations.questions import Choice, Numbers
from annotations.rehearse import rehearse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.database import Database
from backend.dialogue import Dialogue, Label, Origin, Player, Provenance, Role, Score, System, Turn
from backend.pool import Entry, Pool
from tests.hostile import HUGE, LABEL, LONG, TEXTS

NAME = "hostile"

#: A rater who has judged before the browser comes.
BEFORE = "a-rater-who-came-before"

SYSTEMS = (f"robin {LABEL}", f"wren {LABEL}")

#: Texts of a dialogue: all of them over four dialogues, the huge word in the first.
_LISTED = list(TEXTS.values())
PARTS = [[HUGE, *_LISTED[0::4]], *(_LISTED[start::4] for start in (1, 2, 3))]


def corpus(part: str) -> str:
    """The hostile name of the corpus for one task."""
    return f"{part} | {LABEL}\n| second row |"


def protocol() -> dict[str, Any]:
    """The study as its YAML would be read."""
    asked = [
        {
            "id": "scale",
            "kind": "scale",
            "text": f"scale {LABEL}",
            "help": f"help {LABEL}",
            "anchors": {1: f"low {LABEL}", 5: f"high {LONG}"},
        },
        {
            "id": "choice",
            "kind": "choice",
            "text": f"choice {LABEL}",
            "options": {"a": f"first {LABEL}", "=b": f"second {LONG}"},
        },
        {"id": "free", "kind": "text", "text": f"free {LABEL}", "help": LABEL, "required": False},
    ]
    example = {
        "task": "identify",
        "transcripts": [[f"seeker: {LABEL}", "recommender: " + TEXTS["script"]]],
        "answer": "human",
        "why": f"why {LABEL}",
    }
    simulated = {"seeker_origin": ["simulated"]}
    human = {"seeker_origin": ["human"]}
    common = {"instructions": f"instructed {LABEL} {LONG}", "judgments_per_unit": 20}
    return {
        "name": NAME,
        "title": f"title {LABEL} {LONG}",
        "description": f"description {LABEL}",
        "consent": {
            "version": LABEL,
            "text": f"text {LABEL} {LONG}\n\n{TEXTS['script']}\n\n{TEXTS['table']}",
            "agree": f"agree {LABEL}",
            "decline": f"decline {LABEL}",
        },
        "instructions": f"instructions {LABEL} {LONG}",
        "practice": [example],
        "about": [
            {"id": "age", "kind": "text", "text": f"age {LABEL}"},
            {
                "id": "kind",
                "kind": "choice",
                "text": f"kind {LABEL}",
                "options": {"x": f"x {LABEL}", "y": f"y {LONG}"},
            },
        ],
        "tasks": [
            {
                **common,
                "kind": "identify",
                "id": "identify",
                "title": f"identify {LABEL}",
                "units_per_rater": 1,
                "reference": {"corpus": [corpus("identify")], **human},
                "simulated": {"corpus": [corpus("identify")], **simulated},
                "verdict": {
                    "text": f"who {LABEL}",
                    "human": f"person {LABEL}",
                    "simulated": f"machine {LONG}",
                },
                "marks": True,
            },
            {
                **common,
                "kind": "compare",
                "id": "compare",
                "title": f"compare {LABEL}",
                "units_per_rater": 1,
                "reference": {"corpus": [corpus("compare")], **human},
                "simulated": {"corpus": [corpus("compare")], **simulated},
                "match": {"on": [], "length": None},
                "verdict": f"which {LABEL}",
                "left": f"left {LABEL}",
                "right": f"right {LONG}",
            },
            {
                **common,
                "kind": "rate",
                "id": "rate",
                "title": f"rate {LABEL}",
                "units_per_rater": len(PARTS),
                "dialogues": {"corpus": [corpus("rate")]},
                "questions": asked,
                "reason": True,
            },
            {
                **common,
                "kind": "questionnaire",
                "id": "opposites",
                "title": f"opposites {LABEL}",
                "units_per_rater": 1,
                "dialogues": {"corpus": [corpus("opposites")]},
                "scale": {
                    "name": "opposed",
                    "title": f"scale {LABEL}",
                    "source": f"source {LABEL}",
                    "points": 7,
                    "subscales": {
                        f"sub {LABEL}": [
                            # An id is made of the positive end: it can't be long.
                            [f"good {TEXTS['icon']}", f"bad {LABEL}"],
                            ["warm :red[x] $x$", LONG],
                        ]
                    },
                },
            },
            {
                **common,
                "kind": "prefer",
                "id": "prefer",
                "title": f"prefer {LABEL}",
                "units_per_rater": 1,
                "dialogues": {"corpus": [corpus("prefer")], **simulated},
                "match": {"on": [], "length": None},
                "contrasts": [{"id": "better", "text": f"better {LABEL}"}],
            },
            {
                **common,
                "kind": "chat",
                "id": "chat",
                "title": f"chat {LABEL}",
                "units_per_rater": 1,
                "role": "seeker",
                "partners": [{"simulator": "critiquing"}],
                "briefs": [{"summary": f"brief {LABEL} {LONG}"}],
                "min_messages": 2,
                "max_messages": 3,
                "questions": [{"id": "flow", "kind": "scale", "text": f"flow {LABEL}"}],
            },
        ],
        "completion": {"code": f"code {LABEL}", "text": f"done {LABEL} {LONG}"},
    }


def _dialogue(part: str, number: int, texts: list[str], system: str | None) -> Dialogue:
    roles = (Role.SEEKER, Role.RECOMMENDER)
    simulated = Player(
        origin=Origin.SIMULATED, system=System(name=system or SYSTEMS[0], simulator=LABEL)
    )
    return Dialogue(
        turns=tuple(Turn(role=roles[i % 2], text=text) for i, text in enumerate(texts)),
        seeker=simulated if system else Player(origin=Origin.HUMAN, person=f"=1+{number}"),
        recommender=simulated,
        provenance=Provenance(
            corpus=corpus(part),
            source_id=f"=1+1 {number} {system}",
            licence=f"=licence | {LABEL}\n\n# x",
        ),
    )


def _entries() -> list[Entry]:
    human = [
        _dialogue(part, number, texts, None)
        for part, parts in (
            ("identify", PARTS[:1]), ("compare", PARTS[:1]), ("rate", PARTS),
            ("opposites", PARTS[:1]),
        )
        for number, texts in enumerate(parts)
    ]  # fmt: skip
    simulated = [
        _dialogue(part, number, PARTS[number], system)
        for part in ("identify", "compare", "prefer")
        for number, system in enumerate(SYSTEMS)
    ]
    return [
        Entry(
            dialogue=one,
            labels=(
                Label(dialogue=one.id, question=f"=q {LABEL}", value=float(n % 3), rater="=r"),
            ),
            scores=(Score(dialogue=one.id, metric=f"=m {LABEL}", version="1", value=float(n % 4)),),
        )
        for n, one in enumerate((*human, *simulated))
    ]


def answers(study: Study, task: str) -> dict[str, Any]:
    """An answer to every question: the first option, or hostile text."""
    said: dict[str, Any] = {}
    for number, question in enumerate(study.task(task).form()):
        if isinstance(question, Numbers | Choice):
            said[question.id] = next(iter(question.options))
        elif question.kind == "text":
            said[question.id] = list(TEXTS.values())[number % len(TEXTS)][: question.max_length]
    return said


def make(path: Path) -> Study:
    """A database with the hostile pool and study, one rater's judgments, a report, a rehearsal."""
    database = open_database(path)
    Pool(database).add(_entries())
    study = parse(json.dumps(protocol()))
    set_up(database, study)
    journey.join(database, study, BEFORE)
    journey.tell_about(database, study, BEFORE, {"age": TEXTS["formula"], "kind": "x"})
    judge(database, study, BEFORE)
    journey.report(database, study, BEFORE, LABEL + LONG)
    rehearse(database, study, raters=4, seed=1)
    database.close()
    return study


def judge(database: Database, study: Study, rater: str) -> None:
    """All of a rater's screens, every hostile text a reason at least once where there is room."""
    texts = list(TEXTS.values())
    while given := assignment.claim(database, study, rater):
        said = answers(study, given.task)
        for name in ("reason", "free"):
            if name in said:
                said[name] = texts.pop()
        assignment.submit(database, study, given, said, key=given.next_key, seconds=3)
