"""Studies with nothing, or nothing that differs, in them: all say what is missing and why."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotations import assignment, journey
from annotations.__main__ import app
from annotations.planning import plan
from annotations.results import analyse
from annotations.study import Study
from annotations.tasks.base import TaskBase
from annotations.validity.correlating import correlate
from annotations.validity.crowd_realism import crowd_realism
from annotations.validity.opinions import opinions
from backend.database import Database
from backend.dialogue import Score
from backend.pool import Pool
from backend.statistics.estimate import Estimate
from tests.annotations.studies import SYSTEMS, small

Answer = Callable[[TaskBase], dict[str, object]]


def first(task: TaskBase) -> dict[str, object]:
    """The same answer to every question: constant ratings, one verdict, one side."""
    return {q.id: next(iter(q.options)) for q in task.form() if q.kind in ("scale", "choice")}


def tied(task: TaskBase) -> dict[str, object]:
    """A tie wherever there may be one."""
    return {
        q.id: "tie" if "tie" in q.options else next(iter(q.options))
        for q in task.form()
        if q.kind in ("scale", "choice")
    }


def judged(database: Database, study: Study, raters: int, answer: Answer) -> None:
    for number in range(raters):
        rater = f"rater {number}"
        journey.join(database, study, rater)
        while given := assignment.claim(database, study, rater):
            if study.task(given.task).kind == "chat":
                break
            said = answer(study.task(given.task))
            assignment.submit(database, study, given, said, key=given.next_key, seconds=1)


def half_scored(database: Database) -> None:
    """A metric with a value for every other dialogue, and one that says the same of all."""
    pool = Pool(database)
    for at, dialogue in enumerate(sorted(pool.frame()["id"])):
        pool.add_scores(
            [
                Score(dialogue=dialogue, metric="flat", version="1", value=1.0),
                Score(dialogue=dialogue, metric="half", version="1", value=float(at))
                if at % 2
                else Score(dialogue=dialogue, metric="half", version="1", missing="too short"),
            ]
        )


@pytest.mark.parametrize("raters", [0, 1, 4])
@pytest.mark.parametrize("answer", [first, tied])
def test_every_estimate_is_a_number_or_a_reason(
    tmp_path: Path, raters: int, answer: Answer
) -> None:
    database, study = small(tmp_path / "a.db")
    half_scored(database)
    judged(database, study, raters, answer)
    estimates: list[Estimate] = []
    for result in analyse(database, study.name):
        for finding in result.findings:
            estimates += finding.estimates
    for opinion in opinions(database, study.name):
        for level in ("turn", "dialogue", "system"):
            found = correlate(database, opinion, level=level)
            estimates.append(found.ceiling)
            for row in found.rows:
                estimates += [*row.estimates.values(), row.within]
                assert row.absent == 0 or row.why
                if row.metric == "flat":
                    assert row.estimates["spearman"].missing
    estimates += [e for _, e in crowd_realism(database, study.name, SYSTEMS)]
    assert estimates
    assert all(e.missing or e.interval_missing or e.low is not None for e in estimates)
    for planned in plan(database, study):
        assert planned.effect_told(planned.now)
    database.close()


def test_a_metric_missing_for_half_the_dialogues_says_for_which_and_why(tmp_path: Path) -> None:
    database, study = small(tmp_path / "a.db")
    half_scored(database)
    judged(database, study, 4, first)
    rate = next(one for one in opinions(database, study.name) if one.question == "naturalness")
    rows = {row.metric: row for row in correlate(database, rate).rows}
    assert rows["half"].why == "too short"
    assert 0 < rows["half"].absent < len(rows["half"].points) + rows["half"].absent
    database.close()


@pytest.mark.parametrize("raters", [0, 1, 4])
def test_the_commands_survive_it(tmp_path: Path, raters: int) -> None:
    database, study = small(tmp_path / "a.db")
    judged(database, study, raters, first)
    database.close()
    db = ["--db", str(tmp_path / "a.db")]
    run = CliRunner().invoke
    for asked in (
        ["analyse", study.name],
        ["correlate", study.name],
        ["correlate", study.name, "--question", "naturalness"],
        ["compare-realism", study.name],
    ):
        told = run(app, [*asked, *db])
        assert told.exit_code == 0, told.output
        assert "nan" not in told.output.lower()
    told = run(app, ["correlate", study.name, "--question", "naturalness", "--json", *db])
    assert json.loads(told.output)["metrics"] == []
