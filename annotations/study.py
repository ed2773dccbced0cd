"""A study as a file: YAML to a validated protocol, with errors that name the line."""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

from annotations import patterns
from annotations.conduct import (
    Check,
    Completion,
    Consent,
    Example,
    Pay,
    Privacy,
    Quality,
    Recruitment,
    Scripted,
    Stopping,
)
from annotations.questions import AnswerError, Question, Slug, Spec, by_name
from annotations.study_mistakes import Mistake, StudyFile
from annotations.tasks import Task
from annotations.tasks.base import Layout, StudyError, TaskBase
from annotations.wording import Language

#: Where the ready-made protocols are.
STUDIES = Path(__file__).parent / "studies"

#: Limits of a study file: its characters, its characters with aliases expanded, its parts, and the
#: depth of their nesting. They keep the time to read an untrusted file to seconds.
LARGEST, MOST, PARTS, DEEPEST = 300_000, 600_000, 20_000, 30


#: A part of a protocol that contradicts another: its path, and what is wrong.
Misfit = tuple[list[str | int], str]


class Study(Spec):
    """A protocol: everything that decides what raters see and how much is collected."""

    name: Slug
    title: str
    description: str = ""
    demo: bool = False
    language: Language = "en"
    recruitment: Recruitment = Recruitment()
    consent: Consent
    instructions: str
    practice: tuple[Example, ...] = ()
    tasks: tuple[Task, ...] = Field(min_length=1)
    checks: tuple[Check, ...] = ()
    about: tuple[Annotated[Question, BeforeValidator(by_name)], ...] = ()
    quality: Quality = Quality()
    privacy: Privacy = Privacy()
    pay: Pay | None = None
    stopping: Stopping | None = None
    order: Literal["fixed", "shuffled"] = "fixed"
    lease_minutes: float = Field(default=30, gt=0)
    seed: int = Field(default=1, ge=0)
    completion: Completion

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        if mistakes := [Mistake(tuple(path), message) for path, message in self._misfits()]:
            told = {"mistakes": mistakes, "messages": "; ".join(m.message for m in mistakes)}
            raise PydanticCustomError("study", "{messages}", told)
        return self

    def _misfits(self) -> Iterator[Misfit]:
        """Parts that contradict each other: the path of each, and what is wrong."""
        names = [task.id for task in self.tasks]
        if len(set(names)) < len(names):
            yield ["tasks"], f"two tasks have the same id: {names}"
        for number, task in enumerate(self.tasks):
            questions = [question.id for question in task.form()]
            if len(set(questions)) < len(questions):
                yield ["tasks", number], f"two questions have the same id: {questions}"
            if not questions:
                yield ["tasks", number], f"task {task.id!r} asks no question"
        for number, example in enumerate(self.practice):
            yield from self._misfits_of_example(["practice", number], example)
        for number, check in enumerate(self.checks):
            yield from self._misfits_of_check(["checks", number], check)
        for name, pattern in self.recruitment.wanted.items():
            if problem := patterns.problem(pattern):
                told = f"the pattern of {name!r} can't be used: {problem}"
                yield ["recruitment", "parameters", name], told
        mark = self.quality.practice
        if mark and mark.right > len(self.practice):
            told = f"{mark.right} examples must be right, and there are {len(self.practice)}"
            yield ["quality", "practice"], told
        if self.stopping and self.stopping.task and self.stopping.task not in names:
            yield ["stopping", "task"], f"no task {self.stopping.task!r}; there are {names}"

    def _misfits_of_script(self, at: list[str | int], scripted: Scripted) -> Iterator[Misfit]:
        names = [task.id for task in self.tasks]
        if scripted.task not in names:
            yield [*at, "task"], f"no task {scripted.task!r}; there are {names}"
            return
        task: TaskBase = self.task(scripted.task)
        wanted = {Layout.PAIR: 2, Layout.TRANSCRIPT: 1}.get(task.layout)
        if wanted is None:
            yield [*at, "task"], f"task {task.id!r} shows no transcript"
        elif len(scripted.transcripts) != wanted:
            yield [*at, "transcripts"], f"task {task.id!r} shows {wanted} transcript(s) at a time"

    def _misfits_of_example(self, at: list[str | int], example: Example) -> Iterator[Misfit]:
        if misfits := list(self._misfits_of_script(at, example)):
            yield from misfits
            return
        task = self.task(example.task)
        verdicts = [q for q in task.form() if q.id == "verdict" and q.kind == "choice"]
        if not verdicts:
            yield [*at, "task"], f"practice needs a verdict, and task {task.id!r} asks for none"
        elif example.answer not in verdicts[0].options:
            yield [*at, "answer"], f"{example.answer!r} is none of {list(verdicts[0].options)}"

    def _misfits_of_check(self, at: list[str | int], check: Check) -> Iterator[Misfit]:
        if misfits := list(self._misfits_of_script(at, check)):
            yield from misfits
            return
        questions = {question.id: question for question in self.task(check.task).form()}
        for name, right in check.answers.items():
            path = [*at, "answers", name]
            if name not in questions:
                yield path, f"task {check.task!r} asks no {name!r}; it asks {list(questions)}"
                continue
            for value in right if isinstance(right, list) else [right]:
                try:
                    questions[name].check(value)
                except AnswerError as error:
                    yield path, str(error)

    def task(self, name: str) -> Task:
        """The task with this id. Raises KeyError."""
        for task in self.tasks:
            if task.id == name:
                return task
        raise KeyError(f"study {self.name!r} has no task {name!r}")

    @property
    def hash(self) -> str:
        """SHA-256 of the protocol as canonical JSON: equal protocols have equal hashes.

        Fields at their default are left out, so that a protocol keeps its hash when a later
        version adds fields.
        """
        said = self.model_dump(mode="json", exclude_defaults=True)
        canonical = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def link(self) -> str:
        """The query of a rater's link, with a placeholder for each parameter of the recruiter.

        For Prolific, they are the placeholders that Prolific replaces; other panels have their own.
        """
        place = "{{{{%{}%}}}}" if self.recruitment.door == "prolific" else "{{{}}}"
        wanted = "".join(f"&{name}={place.format(name)}" for name in self.recruitment.wanted)
        return f"study={self.name}{wanted}"

    @property
    def minutes(self) -> int:
        """Expected length for one rater, in minutes, consent, practice and checks included."""
        seconds = sum(task.units_per_rater * task.seconds for task in self.tasks)
        seconds += sum(self.task(check.task).seconds for check in self.checks)
        return max(1, round((seconds + 30 + 30 * len(self.practice)) / 60))


def ready_made() -> list[str]:
    """Names of the protocols that come with Uncanny."""
    return sorted(path.stem for path in STUDIES.glob("*.yaml"))


def load(name_or_path: str | Path) -> Study:
    """A ready-made protocol by name, or one from a file. Raises StudyError."""
    path = Path(name_or_path)
    if str(name_or_path) in ready_made():
        path = STUDIES / f"{name_or_path}.yaml"
    if not path.is_file():
        raise StudyError(
            f"no study file {str(name_or_path)!r}; ready-made ones are {', '.join(ready_made())}"
        )
    if path.stat().st_size > 4 * LARGEST:
        raise StudyError(_too_large(path.name))
    try:
        return parse(path.read_text(encoding="utf-8"), source=path.name)
    except UnicodeDecodeError as error:
        raise StudyError(f"{path.name} is not UTF-8 text ({error})") from None


def parse(text: str, source: str = "study") -> Study:
    """A protocol from YAML text. Raises StudyError with one line for each mistake."""
    if len(text) > LARGEST:
        raise StudyError(_too_large(source))
    reader = YAML(typ="rt")
    try:
        _check_parts(text, source)
        tree = reader.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyError(f"{source}, line {line}: not valid YAML: {error.problem}") from None
    except StudyError:
        raise
    except Exception as error:  # ruamel raises bare ValueErrors for odd scalars
        raise StudyError(f"{source}: not valid YAML: {error}") from None
    if not isinstance(tree, dict):
        raise StudyError(f"{source}, line 1: a study is a mapping with name, title, tasks, ...")
    _check_extent(tree, source)
    try:
        written = json.dumps(tree, default=str, ensure_ascii=False)
        written.encode()
        told = json.loads(written)
    except (TypeError, ValueError) as error:  # a list for a key, 5,000 digits, half a surrogate
        raise StudyError(f"{source}: not what a study is made of: {error}") from None
    file = StudyFile(text, tree, source, _schema())
    try:
        study = Study.model_validate(told)
    except ValidationError as error:
        raise StudyError(file.report(file.mistakes(error.errors()))) from None
    if unusable := file.mistakes([]):  # where any value may stand, such as a simulator's settings
        raise StudyError(file.report(unusable))
    return study


@cache
def _schema() -> dict[str, Any]:
    return Study.model_json_schema()


def _check_parts(text: str, source: str) -> None:
    """Raise StudyError for text that would take long to load, before it is loaded."""
    depth = 0
    for number, event in enumerate(YAML(typ="rt").parse(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1
            raise StudyError(f"{source}, line {line}: nested too deeply for a study")
        if number > PARTS:
            raise StudyError(f"{source}: too large for a study, which has at most {PARTS:,} parts")


def _check_extent(tree: Any, source: str) -> None:
    """Raise StudyError if aliases make a small file too large, or if it is nested too deeply."""
    size, rest = 0, [(tree, 1)]
    while rest:
        node, depth = rest.pop()
        size += len(node) if isinstance(node, str) else 1
        if depth > DEEPEST or size > MOST:
            why = "nested too deeply" if depth > DEEPEST else "with its aliases too large"
            raise StudyError(f"{source}: {why} for a study")
        if isinstance(node, dict):
            rest += [(part, depth + 1) for pair in node.items() for part in pair]
        elif isinstance(node, list | tuple | set):
            rest += [(part, depth + 1) for part in node]


def _too_large(source: str) -> str:
    return f"{source}: too large for a study, which has at most {LARGEST:,} characters"
