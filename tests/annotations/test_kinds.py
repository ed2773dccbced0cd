"""A task kind is one file: nothing outside `annotations/tasks` names one."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
import pytest

from annotations import records, tasks
from annotations.conduct import Completion, Consent
from annotations.export import export
from annotations.planning import plan
from annotations.questions import Choice, Question
from annotations.rehearse import rehearse
from annotations.results import analyse
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import Layout, NumericAnswer, TaskBase, Unit, select
from annotations.tasks.finding import Finding
from annotations.validity.opinions import opinions, said
from backend.pool import DialogueFilter, Pool
from backend.statistics import power
from backend.statistics.bootstrap import Resampling
from backend.statistics.ratings import means
from tests.annotations.studies import fill

ROOT = Path(__file__).parents[2]


class Polite(TaskBase):
    """A kind that Uncanny does not have: was the seeker polite, yes or no?"""

    kind: Literal["polite"] = "polite"
    dialogues: DialogueFilter

    layout: ClassVar[Layout] = Layout.TRANSCRIPT
    measures: ClassVar[power.Question | None] = "rate"

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        frame = select(pool, self.dialogues, "dialogues", self.id)
        return [
            Unit(id=name, dialogues=(name,), groups=(system,), origins=("simulated",))
            for name, system in zip(frame["id"], frame["seeker_system"], strict=True)
        ]

    def form(self) -> list[Question]:
        return [Choice(id="polite", text="Polite?", options={"yes": "Yes", "no": "No"})]

    def numeric_answers(self) -> list[NumericAnswer]:
        return [NumericAnswer("politeness", "polite", 0, 1, {"yes": 1.0, "no": 0.0})]

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        frame = pd.DataFrame(
            {
                "rater": judgments["rater"],
                "dialogue": judgments["unit"],
                "system": [groups[0] for groups in judgments["groups"]],
                "question": "polite",
                "value": (judgments["value"] == "yes").astype(float),
            }
        )
        return [Finding("Polite?", "The share.", means(frame, how=Resampling(seed=seed)))]


class Politeness(Study):
    """A protocol whose tasks are of the new kind, as if it had its line in `TASKS`."""

    tasks: tuple[Polite, ...]


def test_a_new_kind_is_planned_rehearsed_analysed_and_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Reading a stored protocol looks kinds up in the registry, which is fixed at import.
    monkeypatch.setattr(records, "Study", Politeness)
    database = open_database(tmp_path / "polite.db")
    fill(database, per_system=6)
    study = Politeness(
        name="polite",
        title="Politeness",
        consent=Consent(version="1", text="Do you agree?"),
        instructions="Read.",
        tasks=(Polite(id="polite", title="?", dialogues=DialogueFilter(corpus=("machines",))),),
        completion=Completion(code="X"),
    )
    set_up(database, study)
    assert [planned.question for planned in plan(database, study)] == ["rate"]
    rehearsed = rehearse(database, study, raters=6, seed=1)
    assert rehearsed.submissions == 30
    (result,) = analyse(database, "polite", crowd="rehearsal-1")
    (finding,) = result.findings
    assert (result.screens, result.raters) == (30, 6)
    assert {estimate.group for estimate in finding.estimates if estimate.value is not None} == {
        "secret_robin",
        "secret_wren",
        None,
    }
    (politeness,) = opinions(database, "polite")
    answers = said(database, politeness, crowd="rehearsal-1")
    assert len(answers) == 30
    assert set(answers["value"]) == {0.0, 1.0}
    assert export(database, "polite", tmp_path / "out")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in ("annotations", "pages", "server"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.parent != ROOT / "annotations" / "tasks":
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _named_kinds(tree: ast.Module) -> Iterator[str]:
    """The task kinds that a module imports, or compares a `kind` with."""
    modules = {path.partition(":")[0] for path in tasks.TASKS.values()}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            yield node.module
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        if isinstance(node, ast.Compare | ast.MatchValue):
            parts = list(ast.walk(node))
            if any(isinstance(part, ast.Attribute) and part.attr == "kind" for part in parts):
                constants = [part.value for part in parts if isinstance(part, ast.Constant)]
                yield from (str(value) for value in constants if value in tasks.TASKS)


def test_no_module_outside_tasks_names_a_kind() -> None:
    named = {path: kinds for path, tree in _modules() if (kinds := list(_named_kinds(tree)))}
    assert named == {}


@pytest.mark.parametrize(
    "source",
    [
        "from annotations.tasks.prefer import Prefer",
        "import annotations.tasks.chat",
        "task.kind == 'identify'",
        "result.kind in {'identify', 'compare'}",
    ],
)
def test_a_module_that_names_a_kind_would_be_noticed(source: str) -> None:
    assert list(_named_kinds(ast.parse(source)))


def test_every_registered_kind_has_its_own_name() -> None:
    for kind, path in tasks.TASKS.items():
        assert pkgutil.resolve_name(path).model_fields["kind"].default == kind


EXAMPLE = """
name: example
title: Example
consent: {{version: "1", text: "Do you agree?"}}
instructions: Read and judge.
tasks:
{entry}
completion: {{code: DONE}}
"""


@pytest.mark.parametrize("kind", tasks.TASKS)
def test_the_example_in_a_kinds_module_is_a_valid_entry_of_a_study(kind: str) -> None:
    module = import_module(tasks.TASKS[kind].partition(":")[0])
    entry = [line for line in str(module.__doc__).splitlines() if line.startswith("    ")]
    study = parse(EXAMPLE.format(entry="\n".join(entry)))
    assert [task.kind for task in study.tasks] == [kind]
