"""A study's own questions reach its findings in every task kind, choices and scales alike."""

from pathlib import Path

import pytest

from annotations import assignment, journey
from annotations.questions import Choice, Scale
from annotations.results import TaskResult, analyse
from annotations.setup import open_database, set_up
from annotations.study import parse
from tests.annotations.studies import SYSTEMS, fill

QUESTIONS = """
    questions:
      - {id: ending, kind: choice, text: How did it end?, options: {well: Well, badly: Badly}}
      - {id: flow, kind: scale, text: Did it flow?}
"""

STUDY = f"""
name: own
title: Own questions
consent: {{version: "1", text: "Do you agree?"}}
instructions: Read and judge.
tasks:
  - kind: rate
    id: rate
    title: Rate
    units_per_rater: 20
    judgments_per_unit: 4
    dialogues: {{corpus: [machines]}}
    per_system: 3{QUESTIONS}
  - kind: identify
    id: identify
    title: Identify
    units_per_rater: 20
    judgments_per_unit: 4
    reference: {{corpus: [people]}}
    simulated: {{corpus: [machines]}}
    per_system: 3{QUESTIONS}
  - kind: compare
    id: compare
    title: Compare
    units_per_rater: 20
    judgments_per_unit: 4
    reference: {{corpus: [people]}}
    simulated: {{corpus: [machines]}}
    per_system: 3{QUESTIONS}
completion: {{code: DONE}}
"""


@pytest.fixture
def results(tmp_path: Path) -> dict[str, TaskResult]:
    """Four raters who say of robin that it ended well, of all else badly."""
    database = open_database(tmp_path / "own.db")
    fill(database)
    study = parse(STUDY)
    set_up(database, study)
    for number in range(4):
        rater = f"rater number {number}"
        journey.join(database, study, rater)
        while given := assignment.claim(database, study, rater):
            row = database.row(
                "SELECT body LIKE ? AS robin FROM units WHERE task = ? AND unit = ?",
                [f"%{SYSTEMS[0]}%", given.task, given.unit],
            )
            robin = bool(row and row["robin"])
            said: dict[str, object] = {"ending": "well" if robin else "badly", "flow": 1 + number}
            for question in study.task(given.task).form():
                if isinstance(question, Choice | Scale) and question.id not in said:
                    said[question.id] = next(iter(question.options))
            assignment.submit(database, study, given, said, key=given.next_key, seconds=5)
    found = {result.task: result for result in analyse(database, "own")}
    database.close()
    return found


@pytest.mark.parametrize("task", ["rate", "identify", "compare"])
def test_a_choice_has_shares_counts_and_the_number_of_judgments(
    results: dict[str, TaskResult], task: str
) -> None:
    (finding,) = [one for one in results[task].findings if one.title == "How did it end?"]
    robin = {e.group for e in finding.estimates if e.group and SYSTEMS[0] in e.group}
    (group,) = robin
    values = {(e.quantity, e.group): (e.value, e.n) for e in finding.estimates}
    assert values["well", group] == (1.0, 12)
    assert values["badly", group] == (0.0, 12)
    assert finding.counts is not None
    counted = finding.counts.set_index("answer")
    assert (counted.loc["well", group], counted.loc["badly", group]) == (12, 0)
    assert all(e.interval_missing or e.low is not None for e in finding.estimates)
    total = next(e for e in finding.estimates if (e.quantity, e.group) == ("well", None))
    assert total.n == results[task].screens
    assert total.low is not None


@pytest.mark.parametrize("task", ["rate", "identify", "compare"])
def test_a_scale_is_reported_once(results: dict[str, TaskResult], task: str) -> None:
    (finding,) = [one for one in results[task].findings if one.title == "Did it flow?"]
    (overall,) = [e for e in finding.estimates if e.group is None]
    assert overall.value == pytest.approx(2.5)
