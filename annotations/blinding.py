"""Blinded screens for raters: turns in order, without system, origin or source."""

import random
from dataclasses import dataclass, field
from typing import Any

from annotations import records
from annotations.assignment import Assignment
from annotations.conduct import Example, Scripted
from annotations.questions import Choice, Place, Poles, Question, Scale
from annotations.study import Study
from annotations.tasks.base import Layout, TaskBase
from annotations.wording import Wording
from backend.database import Database
from backend.dialogue import Brief, Role, Turn
from backend.pool import Pool


@dataclass(frozen=True)
class ShownTurn:
    """One message as a rater sees it. `turn` is its index in the whole dialogue."""

    role: Role
    text: str
    turn: int


@dataclass(frozen=True)
class Transcript:
    """A dialogue as a rater sees it. `name` is its label in the verdict question, if any."""

    lines: list[ShownTurn]
    name: str | None = None


@dataclass(frozen=True)
class Screen:
    """One screen of work. `key` identifies the screen and reveals nothing about its content."""

    key: str
    title: str
    instructions: str
    layout: Layout
    judge: Role
    transcripts: list[Transcript]
    questions: list[Question] = field(default_factory=list)
    role: Role | None = None
    brief: Brief | None = None


def screen(database: Database, study: Study, assignment: Assignment) -> Screen:
    """The blinded view of an assignment. For a chat, only a seeker gets the brief."""
    task: TaskBase = study.task(assignment.task)
    say = Wording(study.language)
    unit = records.unit(database, study.name, assignment.task, assignment.unit)
    if unit.check is not None:
        lines = _scripted(study.checks[unit.check])
    else:
        dialogues = Pool(database).get_many(unit.dialogues)
        lines = [
            _lines(dialogues[dialogue].turns, seeker_first=task.start_at_seeker)
            for dialogue in unit.dialogues
        ]
    return Screen(
        key=f"a{assignment.id}",
        title=task.title,
        instructions=task.instructions,
        layout=task.layout,
        judge=task.judge,
        transcripts=_named(task, lines[::-1] if assignment.swapped else lines, say),
        questions=_mixed(worded(task.form(), say), assignment.seed),
        role=unit.role,
        brief=unit.brief if unit.role is Role.SEEKER else None,
    )


def practice_screen(study: Study, number: int) -> Screen:
    """The blinded view of a practice example, with its verdict question only."""
    example: Example = study.practice[number]
    task: TaskBase = study.task(example.task)
    say = Wording(study.language)
    return Screen(
        key=f"p{number}",
        title=task.title,
        instructions=task.instructions,
        layout=task.layout,
        judge=task.judge,
        transcripts=_named(task, _scripted(example), say),
        questions=worded([q for q in task.form() if q.id == "verdict"], say),
    )


def _scripted(scripted: Scripted) -> list[list[ShownTurn]]:
    return [
        [ShownTurn(role, text, index) for index, (role, text) in enumerate(turns)]
        for turns in scripted.turns()
    ]


def worded(questions: list[Question], say: Wording) -> list[Question]:
    """Translate Uncanny's own texts into the study's language; the protocol's own texts stay."""
    return [_worded(question, say) for question in questions]


def _worded(question: Question, say: Wording) -> Question:
    changed: dict[str, Any] = {"text": say.own(question.text)}
    if isinstance(question, Scale):
        changed["anchors"] = {n: say.own(words) for n, words in question.anchors.items()}
    elif isinstance(question, Choice):
        changed["options"] = {value: say.own(text) for value, text in question.options.items()}
    elif isinstance(question, Place):
        changed["none"] = say.own(question.none)
    return question.model_copy(update=changed)


def _mixed(questions: list[Question], seed: int) -> list[Question]:
    """Shuffle the pairs of opposites among their places and flip their sides, both by `seed`."""
    rng = random.Random(seed)
    pairs = [question for question in questions if isinstance(question, Poles)]
    rng.shuffle(pairs)
    mixed = iter(q.model_copy(update={"flipped": rng.random() < 0.5}) for q in pairs)
    return [next(mixed) if isinstance(q, Poles) else q for q in questions]


def _lines(turns: tuple[Turn, ...], *, seeker_first: bool) -> list[ShownTurn]:
    lines = [ShownTurn(turn.role, turn.text, index) for index, turn in enumerate(turns)]
    if seeker_first:
        # An opening that only one side's software utters would tell the sides apart.
        opening = next((i for i, line in enumerate(lines) if line.role is Role.SEEKER), 0)
        lines = lines[opening:]
    return lines


def _named(task: TaskBase, lines: list[list[ShownTurn]], say: Wording) -> list[Transcript]:
    names = [say.own(name) for name in task.transcript_names()]
    return [Transcript(shown, names[at] if names else None) for at, shown in enumerate(lines)]
