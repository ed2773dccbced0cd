"""Monitoring: everybody is where they are said to be, what can't be told says why."""

import json
import math
import re
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotations import assignment, journey, quality, records
from annotations.__main__ import app
from annotations.commands.monitor import watched
from annotations.crowd import staff, withdrawal
from annotations.crowd.monitoring import Told, dropout, raters, task_progress
from annotations.crowd.reports import at_hand, reports, settle
from annotations.crowd.spending import spending
from annotations.crowd.stopping import live
from annotations.journey import JourneyStep
from annotations.rehearse import rehearse
from annotations.study import Study
from backend.database import Database
from tests.annotations.crowd.working_crowd import PAID, send, stored, walk


def test_everybody_is_where_they_are_said_to_be(crowd: tuple[Database, Study]) -> None:
    database, study = crowd
    there = raters(database, study)
    assert [(one.step, one.task) for one in there] == [
        (JourneyStep.INSTRUCTIONS, None),
        (JourneyStep.PRACTICE, None),
        (JourneyStep.ABOUT, None),
        (JourneyStep.TASK, None),
        (JourneyStep.TASK, "identify"),
        (JourneyStep.TASK, "rate"),
        (JourneyStep.SCREENED_OUT, None),
        (JourneyStep.WITHDRAWN, None),
        (JourneyStep.DONE, None),
    ]
    assert [one.done.value for one in there] == [0, 0, 0, 0, 0, 3, 0, None, 4]
    assert there[7].done.missing == there[7].seconds.missing == "erased when they withdrew"
    assert {one.planned for one in there} == {4}
    assert there[5].seconds == Told(11.0)
    assert there[8].seconds == Told(11.5)
    assert there[0].seconds == Told(None, "no screen sent yet")
    assert all(one.idle_minutes < 1 and not one.left for one in there)


def test_who_is_idle_for_longer_than_the_lease_has_left_where_they_were(
    crowd: tuple[Database, Study],
) -> None:
    database, study = crowd
    in_an_hour = time.time() + 3600
    there = raters(database, study, now=in_an_hour)
    assert [one.left for one in there] == [True] * 6 + [False] * 3
    assert there[0].idle_minutes == pytest.approx(60, abs=1)
    steps, endings = dropout(database, study, now=in_an_hour)
    assert {one.step: (one.count.value, one.left) for one in steps} == {
        "consent": (9, 1),
        "instructions": (8, 1),
        "practice": (6, 1),
        "about": (5, 1),
        "screen": (4, 0),
        "task:identify": (4, 1),
        "task:rate": (2, 1),
        "finished": (1, 0),
    }
    assert steps[2].share.value == pytest.approx(6 / 9)
    assert {one.step: one.count.value for one in endings} == {
        "declined": 2, "screened_out": 1, "withdrawn": 1, "excluded": 0, "left": 6,
    }  # fmt: skip
    assert endings[0].share.value == pytest.approx(2 / 11)
    assert endings[0].of == "were asked"
    assert all(one.left == 0 for one in dropout(database, study)[0])


def test_looking_at_a_screen_again_is_activity(paid: tuple[Database, Study]) -> None:
    database, study = paid
    walk(database, study, "first", "first")
    later = time.time() + 20 * 60
    assignment.claim(database, study, "first-of-the-raters", now=later)
    (one,) = raters(database, study, now=later + 29 * 60)
    assert not one.left
    assert one.idle_minutes == pytest.approx(29, abs=0.1)


def test_a_rater_set_aside_is_counted_and_still_was_there(crowd: tuple[Database, Study]) -> None:
    database, study = crowd
    quality.exclude(
        database, study.name, rule="named person", reason="x", who="Ada",
        rater="finished-of-the-raters",
    )  # fmt: skip
    steps, endings = dropout(database, study)
    assert [one.count.value for one in endings if one.step == "excluded"] == [1]
    assert steps[-1].count.value == 1
    assert raters(database, study)[-1].excluded


def test_no_step_is_shown_that_the_protocol_does_not_have(tmp_path: Path) -> None:
    protocol = re.sub(r"(?m)^(about|practice|quality):.*\n(  - .*\n)?", "", PAID)
    database, study = stored(tmp_path, protocol)
    walk(database, study, "consent", "consent")
    journey.instructed(database, "consent-of-the-raters")
    steps, _ = dropout(database, study)
    assert [one.step for one in steps][:3] == ["consent", "instructions", "screen"]
    (one,) = raters(database, study)
    assert one.step is JourneyStep.TASK


def test_reports_show_what_was_at_hand_and_are_settled_once(
    crowd: tuple[Database, Study],
) -> None:
    database, study = crowd
    rater = "first-of-the-raters"
    given = assignment.current(database, rater)
    assert given is not None
    journey.report(database, study, rater, "the text is cut off", given.id)
    journey.report(database, study, "told-of-the-raters", "where am I?")
    nowhere, cut = reports(database, study)
    assert (cut.number, cut.task, cut.unit, cut.text, cut.settled_at) == (
        5, given.task, given.unit, "the text is cut off", None,
    )  # fmt: skip
    kind, (dialogue,) = at_hand(database, study, cut)
    assert kind == "dialogue"
    assert dialogue.id == given.unit
    assert at_hand(database, study, nowhere) == ("none", [])
    with pytest.raises(ValueError, match="a name"):
        settle(database, cut.id, " ")
    with pytest.raises(KeyError):
        settle(database, 999, "Ada")
    assert settle(database, cut.id, "Ada")
    assert not settle(database, cut.id, "Bob")
    assert [one.settled_by for one in reports(database, study)] == [None, "Ada"]
    done = staff.audit(database, study.name)
    assert done[["who", "action"]].to_numpy().tolist() == [["Ada", "settle report"]]
    assert json.loads(str(done.loc[0, "details"])) == {"report": cut.id}
    withdrawal.withdraw(database, rater)
    assert [one.id for one in reports(database, study)] == [nowhere.id]
    assert reports(database, study, "rehearsal-1") == []


def test_a_report_on_a_check_says_that_it_was_one(paid: tuple[Database, Study]) -> None:
    database, study = paid
    walk(database, study, "told", "told")
    rater = "told-of-the-raters"
    while given := assignment.claim(database, study, rater):
        journey.report(database, study, rater, given.unit, given.id)
        send(database, study, given, seconds=9)
    kinds = {one.text: at_hand(database, study, one)[0] for one in reports(database, study)}
    assert kinds.pop("check-0") == "check"
    assert set(kinds.values()) == {"dialogue"}


def test_an_empty_study_says_why_there_is_nothing(paid: tuple[Database, Study]) -> None:
    database, study = paid
    assert raters(database, study) == []
    steps, endings = dropout(database, study)
    assert all(one.count == Told(0) for one in [*steps, *endings])
    assert all(one.share.value is None and one.share.missing for one in [*steps, *endings])
    assert [one.missing for one in live(database, study)] == ["nobody has judged it yet"] * 2
    found = spending(database, study)
    assert found.cost == Told(0.0)
    for told in (found.minutes, found.hourly, found.hours_to_go):
        assert told.value is None
        assert told.missing
    for task in task_progress(study, records.progress(database, study.name)):
        assert task.done == 0 < task.wanted


def test_a_rehearsal_costs_no_time_and_nobody_declines_it(paid: tuple[Database, Study]) -> None:
    database, study = paid
    crowd = rehearse(database, study, raters=3, seed=1).crowd
    _, endings = dropout(database, study, crowd)
    assert endings[0].count.missing == "a rehearsal has nobody who declines"
    found = spending(database, study, crowd)
    assert found.minutes.missing == found.hourly.missing == found.hours_to_go.missing
    assert "simulated" in str(found.minutes.missing)


def test_the_command_tells_the_same_and_its_json_is_strict(crowd: tuple[Database, Study]) -> None:
    database, study = crowd
    journey.report(database, study, "told-of-the-raters", "a \x1b[31mred\x1b[0m herring")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["monitor", *words, "--db", str(database.path)])
        assert done.exit_code == 0, done.output
        return done.output

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} in the JSON")

    told = json.loads(run("paid", "--json"), parse_constant=refuse)
    same = json.loads(json.dumps(watched(database, study, now=told["at"]), allow_nan=False))
    assert told == same
    assert [one["step"] for one in told["raters"]].count("task") == 3
    assert "-of-the-raters" not in json.dumps(told), "an id opens a rater's own link"
    assert all(math.isfinite(one["idle_minutes"]) for one in told["raters"])
    empty = json.loads(run("paid", "--crowd", "rehearsal-9", "--json"), parse_constant=refuse)
    assert empty["raters"] == []
    shown = run("paid")
    assert "1 of 3 raters have finished" in shown
    assert "Raters paid: 2, to go: 2" in shown
    assert "GBP 5.00" in shown
    assert "\x1b[31mred" not in shown
    assert "nobody has agreed to take part yet" in run("paid", "--crowd", "rehearsal-9")
