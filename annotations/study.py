"""A study as a file: YAML to a validated protocol, with errors that name the line."""

import difflib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from annotations.questions import Slug, Spec
from annotations.tasks import Task
from annotations.tasks.base import Layout, StudyError
from backend.dialogue import Role

#: Where the ready-made protocols are.
STUDIES = Path(__file__).parent / "studies"


class Consent(Spec):
    """What a rater agrees to. `version` is recorded with the answer."""

    version: str
    text: str
    agree: str = "I agree and want to take part"
    decline: str = "No, thank you"
    declined: str = "That is fine. Nothing was kept. You can close this page."


class Completion(Spec):
    """What a rater gets at the end, after the last judgment is stored."""

    code: str
    text: str = "Thank you. Your answers are stored."


class Example(Spec):
    """A practice item: transcripts written into the protocol, the right verdict, and why.

    Each line of a transcript is `seeker: ...` or `recommender: ...`.
    """

    task: Slug
    transcripts: tuple[tuple[str, ...], ...] = Field(min_length=1, max_length=2)
    answer: str
    why: str

    @model_validator(mode="after")
    def _lines_name_their_role(self) -> Self:
        for line in (line for transcript in self.transcripts for line in transcript):
            if line.partition(":")[0].strip() not in [role.value for role in Role]:
                raise ValueError(f"line {line[:40]!r} starts neither `seeker:` nor `recommender:`")
        return self

    def turns(self) -> list[list[tuple[Role, str]]]:
        """(role, text) for each line of each transcript."""
        split = [[line.partition(":") for line in t] for t in self.transcripts]
        return [[(Role(who.strip()), text.strip()) for who, _, text in t] for t in split]


class Study(Spec):
    """A protocol: everything that decides what raters see and how much is collected."""

    name: Slug
    title: str
    description: str = ""
    demo: bool = False
    consent: Consent
    instructions: str
    practice: tuple[Example, ...] = ()
    tasks: tuple[Task, ...] = Field(min_length=1)
    order: Literal["fixed", "shuffled"] = "fixed"
    lease_minutes: float = Field(default=30, gt=0)
    seed: int = 1
    completion: Completion

    @model_validator(mode="after")
    def _tasks_are_told_apart_and_practised(self) -> Self:
        names = [task.id for task in self.tasks]
        if len(set(names)) < len(names):
            raise _wrong(f"two tasks have the same id: {names}", "tasks")
        for number, task in enumerate(self.tasks):
            questions = [question.id for question in task.form()]
            if len(set(questions)) < len(questions):
                raise _wrong(f"two questions have the same id: {questions}", "tasks", number)
            if not questions:
                raise _wrong(f"task {task.id!r} asks no question", "tasks", number)
        for number, example in enumerate(self.practice):
            if example.task not in names:
                raise _wrong(
                    f"no task {example.task!r}; there are {names}", "practice", number, "task"
                )
            self._check_example(number, example)
        return self

    def _check_example(self, number: int, example: Example) -> None:
        task = self.task(example.task)
        verdicts = [q for q in task.form() if q.id == "verdict" and q.kind == "choice"]
        wanted = 2 if task.layout is Layout.PAIR else 1
        if not verdicts:
            told = f"practice needs a verdict, and task {task.id!r} asks for none"
            raise _wrong(told, "practice", number, "task")
        if example.answer not in verdicts[0].options:
            told = f"{example.answer!r} is none of {list(verdicts[0].options)}"
            raise _wrong(told, "practice", number, "answer")
        if len(example.transcripts) != wanted:
            told = f"task {task.id!r} shows {wanted} transcript(s) at a time"
            raise _wrong(told, "practice", number, "transcripts")

    def task(self, name: str) -> Task:
        """The task with this id. Raises KeyError."""
        for task in self.tasks:
            if task.id == name:
                return task
        raise KeyError(f"study {self.name!r} has no task {name!r}")

    @property
    def hash(self) -> str:
        """SHA-256 of the protocol as canonical JSON: the same words, the same hash."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def minutes(self) -> int:
        """Expected length for one rater, in minutes, consent and practice included."""
        seconds = sum(task.units_per_rater * task.seconds for task in self.tasks)
        return max(1, round((seconds + 30 + 30 * len(self.practice)) / 60))


def _wrong(message: str, *at: str | int) -> PydanticCustomError:
    """An error about the part of the file at `at`, which a check of the whole has found."""
    return PydanticCustomError("study", "{message}", {"message": message, "at": at})


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
    try:
        return parse(path.read_text(encoding="utf-8"), source=path.name)
    except UnicodeDecodeError as error:
        raise StudyError(f"{path.name} is not UTF-8 text ({error})") from None


def parse(text: str, source: str = "study") -> Study:
    """A protocol from YAML text. Raises StudyError with one line for each thing that is wrong."""
    reader = YAML(typ="rt")
    try:
        tree = reader.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyError(f"{source}, line {line}: not valid YAML: {error.problem}") from None
    except Exception as error:  # ruamel raises bare ValueErrors for odd scalars
        raise StudyError(f"{source}: not valid YAML: {error}") from None
    if not isinstance(tree, dict):
        raise StudyError(f"{source}, line 1: a study is a mapping with name, title, tasks, ...")
    try:
        return Study.model_validate(json.loads(json.dumps(tree, default=str)))
    except ValidationError as error:
        problems = [_explain(tree, source, problem) for problem in error.errors()]
        raise StudyError("\n".join(problems)) from None


def _explain(tree: Any, source: str, problem: Any) -> str:
    path = problem.get("ctx", {}).get("at") or problem["loc"]
    line, trail = _locate(tree, path)
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = f"unknown key {path[-1]!r}" + _did_you_mean(str(path[-1]))
    elif problem["type"] == "missing":
        message = f"missing key {path[-1]!r}"
    elif not problem["type"].startswith("union_tag") and problem["type"] != "study":
        message = f"{message}; got {_short(problem['input'])}"
    where = ".".join(str(part) for part in trail) or "study"
    return f"{source}, line {line}: {where}: {message}"


def _locate(tree: Any, path: Sequence[Any]) -> tuple[int, list[Any]]:
    """Line (from 1) of the deepest part of `path` that is in the file, and that part's path."""
    node: Any = tree
    line, trail = 1, list[Any]()
    for part in path:
        try:
            child = node[part]
        except (KeyError, IndexError, TypeError):
            continue  # pydantic puts union tags and model names between the keys
        marks = node.lc  # ruamel's note of where each key and item stands
        position = marks.key(part) if hasattr(node, "keys") else marks.item(part)
        line, node = position[0] + 1, child
        trail.append(part)
    return line, trail


def _did_you_mean(key: str) -> str:
    schemas = Study.model_json_schema()
    known = {
        name
        for part in [schemas, *schemas["$defs"].values()]
        for name in part.get("properties", {})
    }
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
