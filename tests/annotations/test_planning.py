"""What a study can show, when it is full and while it fills."""

from pathlib import Path

import pytest

from annotations.planning import assumptions, plan
from annotations.rehearse import rehearse
from annotations.setup import open_database, set_up
from annotations.study import load, ready_made
from annotations.validity.correlating import correlate
from annotations.validity.opinions import opinions
from backend import demo
from backend.database import Database
from backend.metrics import metric
from backend.metrics.scoring import score_into
from backend.pool import Pool


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = open_database(tmp_path / "demo.db")
    demo.fill(Pool(made))
    set_up(made, load("demo"))
    return made


def test_a_filling_study_can_show_ever_smaller_effects(database: Database) -> None:
    study = load("demo")
    empty = {one.task: one for one in plan(database, study)}
    assert {one.question for one in empty.values()} == {"identify", "prefer", "rate"}
    assert all(one.now is None for one in empty.values())
    assert all(one.done == 0 for one in empty.values())
    rehearse(database, study, raters=4, seed=1)
    some = {one.task: one for one in plan(database, study, crowd="rehearsal-1")}
    rehearse(database, study, raters=12, seed=2)
    more = {one.task: one for one in plan(database, study, crowd="rehearsal-2")}
    for task, one in more.items():
        assert one.done >= some[task].done
        if one.now is not None and some[task].now is not None:
            assert one.now <= some[task].now + 1e-6  # type: ignore[operator]
        assert one.effect_told(one.planned) != "nothing yet"
    assert "ICC" not in assumptions()
    assert "0.15" in assumptions()


def test_equivalence_needs_more_than_a_difference(database: Database) -> None:
    study = load("demo")
    first = study.tasks[0].model_copy(update={"equivalent_dprime": 0.5})
    found = plan(database, study.model_copy(update={"tasks": (first,)}))
    assert [one.question for one in found] == ["identify", "equivalence"]
    difference, margin = (one.planned for one in found)
    assert difference is not None
    assert margin is None or margin > difference


def test_preferences_between_pairs_are_set_beside_differences_of_a_metric(
    database: Database,
) -> None:
    study = load("demo")
    score_into(Pool(database), metric("length"))
    rehearse(database, study, raters=12, seed=1)
    asked = [one for one in opinions(database, "demo") if one.pairs]
    assert asked
    found = correlate(database, asked[0], crowd="rehearsal-1")
    assert found.units > 2
    words = next(row for row in found.rows if row.metric == "words/seeker")
    lengths = Pool(database).frame().set_index("id")["seeker_words"]
    for point in words.points.to_dict("records"):
        expected = lengths[point["dialogue"]] - lengths[point["second"]]
        assert point["score"] == expected
        assert -1 <= point["human"] <= 1


def test_the_match_score_study_is_ready_made() -> None:
    assert "match_score" in ready_made()
    study = load("match_score")
    assert [task.measures for task in study.tasks] == ["rate", "prefer"]
