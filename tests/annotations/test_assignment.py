"""Who judges what next, and what is stored when they do."""

import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotations import assignment, journey, records
from annotations.assignment import Assignment
from annotations.journey import JourneyStep
from annotations.questions import AnswerError
from annotations.records import NoConsent
from annotations.setup import open_database
from annotations.study import Study
from annotations.tasks.base import TaskBase
from backend.database import Database
from tests.annotations.studies import small

Stored = tuple[Database, Study]


def answers(task: TaskBase) -> dict[str, Any]:
    """The first option of every closed question."""
    return {q.id: next(iter(q.options)) for q in task.form() if q.kind in ("scale", "choice")}


def take(database: Database, study: Study, rater: str) -> Assignment | None:
    """Claim and submit one screen."""
    given = assignment.claim(database, study, rater)
    if given:
        assignment.submit(
            database, study, given, answers(study.task(given.task)), key=given.next_key, seconds=1
        )
    return given


def rater(database: Database, study: Study, name: str) -> str:
    journey.join(database, study, name)
    return name


def test_a_rater_goes_through_every_task_and_then_is_done(stored: Stored) -> None:
    database, study = stored
    ann = rater(database, study, "ann")
    tasks = []
    while given := take(database, study, ann):
        tasks.append(given.task)
    assert tasks == ["identify"] * 4 + ["compare"] * 2 + ["rate"] * 2 + ["prefer"] * 2 + ["chat"]
    journey.instructed(database, ann)
    assert journey.standing(database, study, ann).step is JourneyStep.DONE


def test_nobody_judges_without_consent(stored: Stored) -> None:
    database, study = stored
    with pytest.raises(NoConsent):
        assignment.claim(database, study, "stranger")
    assert database.rows("SELECT 1 FROM assignments") == []


def test_a_personal_link_of_another_study_does_not_open_this_one(stored: Stored) -> None:
    database, study = stored
    rater(database, study, "ann")
    other = study.model_copy(update={"name": "other"})
    records.open_study(database, other, {task.id: [] for task in study.tasks})
    with pytest.raises(NoConsent, match="another study"):
        journey.join(database, other, "ann")


def test_claiming_again_gives_the_same_screen(stored: Stored) -> None:
    database, study = stored
    ann = rater(database, study, "ann")
    first, again = (assignment.claim(database, study, ann) for _ in range(2))
    assert first
    assert again
    assert (first.id, first.unit) == (again.id, again.unit)


def test_the_least_filled_unit_comes_first(stored: Stored) -> None:
    database, study = stored
    for number in range(6):
        name = rater(database, study, f"rater {number}")
        for _ in range(4):
            take(database, study, name)
    fill = records.progress(database, "small").query("task == 'identify'")["done"]
    assert fill.sum() == 24
    assert fill.max() - fill.min() <= 1


def test_a_unit_is_never_given_to_more_than_wanted_counting_live_leases(stored: Stored) -> None:
    database, study = stored
    for number in range(40):
        assignment.claim(database, study, rater(database, study, f"rater {number}"))
    units = records.progress(database, "small")
    assert (units["open"] + units["done"] <= units["wanted"]).all()
    assert units.query("task == 'identify'")["open"].sum() == 40


def test_sides_are_balanced_within_each_pair(stored: Stored) -> None:
    database, study = stored
    for number in range(12):
        name = rater(database, study, f"rater {number}")
        while take(database, study, name):
            pass
    rows = database.rows(
        "SELECT unit, sum(swapped) AS swapped, count(*) AS n FROM assignments "
        "WHERE task IN ('compare', 'prefer') GROUP BY task, unit"
    )
    assert sum(row["n"] for row in rows) >= 40
    assert all(abs(row["n"] - 2 * row["swapped"]) <= 1 for row in rows)


def test_the_same_submission_twice_is_stored_once(stored: Stored) -> None:
    database, study = stored
    given = assignment.claim(database, study, rater(database, study, "ann"))
    assert given
    said = answers(study.task(given.task))
    revisions = [
        assignment.submit(database, study, given, said, key=given.next_key, seconds=2)
        for _ in range(2)
    ]
    assert revisions == [1, 1]
    assert len(database.rows("SELECT 1 FROM submissions")) == 1


def test_other_answers_under_a_key_that_is_taken_are_refused(stored: Stored) -> None:
    database, study = stored
    given = assignment.claim(database, study, rater(database, study, "ann"))
    assert given
    said = answers(study.task(given.task))
    assignment.submit(database, study, given, said, key=given.next_key, seconds=2)
    other = {**said, "verdict": "simulated"}
    assert other != said
    with pytest.raises(assignment.Stale):
        assignment.submit(database, study, given, other, key=given.next_key, seconds=2)


def test_time_is_counted_from_when_a_screen_was_given_out(stored: Stored) -> None:
    database, study = stored
    given = assignment.claim(database, study, rater(database, study, "ann"), now=1000.0)
    assert given
    assert assignment.seconds_since_claimed(database, given, now=1023.0) == 23
    # Nobody reads longer than a lease: whoever comes back later was away.
    lease = study.lease_minutes * 60
    assert assignment.seconds_since_claimed(database, given, now=1e9) == lease


def test_a_correction_is_a_new_revision_and_the_old_one_stays(stored: Stored) -> None:
    database, study = stored
    ann = rater(database, study, "ann")
    take(database, study, ann)
    before = assignment.previous(database, ann)
    assert before
    changed = {**answers(study.task(before.task)), "verdict": "simulated"}
    assert assignment.submit(database, study, before, changed, key=before.next_key, seconds=1) == 2
    kept = database.rows("SELECT text FROM judgments WHERE question = 'verdict' ORDER BY 1")
    assert [row["text"] for row in kept] == ["human", "simulated"]
    now = records.judgments(database, "small")
    assert now.loc[now["question"] == "verdict", "value"].tolist() == ["simulated"]


def test_two_windows_can_not_overwrite_each_other(stored: Stored) -> None:
    database, study = stored
    ann = rater(database, study, "ann")
    take(database, study, ann)
    stale = assignment.previous(database, ann)
    assert stale
    said = answers(study.task(stale.task))
    assignment.submit(database, study, stale, said, key=stale.next_key, seconds=1)
    with pytest.raises(assignment.Stale):
        assignment.submit(database, study, stale, said, key=f"{stale.id}:9", seconds=1)


def test_unfit_answers_are_refused_and_nothing_is_stored(stored: Stored) -> None:
    database, study = stored
    given = assignment.claim(database, study, rater(database, study, "ann"))
    assert given
    for wrong, told in (
        ({}, "Please answer"),
        ({"verdict": "martian", "confidence": 3}, "martian"),
        ({"verdict": "human", "confidence": 9}, "9"),
        ({"verdict": "human", "confidence": 3, "extra": 1}, "no such question"),
        ({"verdict": "human", "confidence": 3, "marks": ["x"]}, "turn numbers"),
    ):
        with pytest.raises(AnswerError, match=told):
            assignment.submit(database, study, given, wrong, key=given.next_key, seconds=1)
    assert database.rows("SELECT 1 FROM submissions") == []


def test_a_late_answer_is_kept_and_set_aside_when_the_unit_is_full(stored: Stored) -> None:
    database, study = stored
    now = time.time()
    slow = assignment.claim(database, study, rater(database, study, "slow"), now=now)
    assert slow
    later = now + 3600
    for number in range(72):  # identify wants 24 times 3
        name = rater(database, study, f"rater {number}")
        given = assignment.claim(database, study, name, now=later)
        assert given
        said = answers(study.task(given.task))
        assignment.submit(database, study, given, said, key=given.next_key, seconds=1, now=later)
    said = answers(study.task(slow.task))
    assignment.submit(database, study, slow, said, key=slow.next_key, seconds=1, now=later)
    kept = records.judgments(database, "small", with_excluded=True)
    counted = records.judgments(database, "small")
    assert slow.id in set(kept["assignment"])
    assert slow.id not in set(counted["assignment"])
    units = records.progress(database, "small")
    assert (units["done"] <= units["wanted"]).all()


def test_a_late_answer_counts_while_the_unit_has_room(stored: Stored) -> None:
    database, study = stored
    now = time.time()
    slow = assignment.claim(database, study, rater(database, study, "slow"), now=now)
    assert slow
    said = answers(study.task(slow.task))
    assignment.submit(database, study, slow, said, key=slow.next_key, seconds=1, now=now + 10**5)
    assert slow.id in set(records.judgments(database, "small")["assignment"])


YEAR = 365 * 86400


def test_a_clock_that_was_a_year_ahead_for_a_moment_blocks_no_unit(stored: Stored) -> None:
    database, study = stored
    now = time.time()
    for number in range(72):  # identify wants 24 times 3: all of it is claimed
        name = rater(database, study, f"early {number}")
        assert assignment.claim(database, study, name, now=now + YEAR)
    late = assignment.claim(database, study, rater(database, study, "late"), now=now)
    assert late
    assert late.task == "identify"
    assert records.progress(database, "small")["open"].sum() == 1


def test_whoever_claimed_while_the_clock_was_ahead_keeps_the_screen(stored: Stored) -> None:
    database, study = stored
    now = time.time()
    name = rater(database, study, "one")
    ahead = assignment.claim(database, study, name, now=now + YEAR)
    again = assignment.claim(database, study, name, now=now)
    assert ahead
    assert again
    assert again.id == ahead.id
    assert again.lease_until == now + 60 * study.lease_minutes


def test_a_draft_survives_reopening_the_file(tmp_path: Path) -> None:
    database, study = small(tmp_path / "draft.db")
    given = assignment.claim(database, study, rater(database, study, "ann"))
    assert given
    assignment.save_draft(database, given, {"verdict": "simulated"})
    database.close()
    again = open_database(tmp_path / "draft.db")
    resumed = assignment.claim(again, study, "ann")
    assert resumed
    assert resumed.id == given.id
    assert assignment.draft(again, resumed) == {"verdict": "simulated"}
    again.close()


@pytest.mark.parametrize("table", ["submissions", "judgments", "consents", "practice"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid + 1"])
def test_what_was_said_can_be_neither_changed_nor_deleted(
    stored: Stored, table: str, verb: str
) -> None:
    from annotations import quality

    database, study = stored
    ann = rater(database, study, "ann")
    quality.practise(database, study, ann, 0, "human")
    take(database, study, ann)
    with pytest.raises(sqlite3.DatabaseError, match="append-only"), database.writing() as db:
        db.conn.execute(verb.format(table))
    assert len(database.rows(f"SELECT 1 FROM {table}")) > 0


def test_forty_threads_lose_nothing_and_overfill_nothing(stored: Stored) -> None:
    database, study = stored
    acknowledged: list[int] = []
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            name = rater(database, study, f"rater {number}")
            while given := take(database, study, name):
                acknowledged.append(given.id)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    held = database.rows("SELECT assignment FROM submissions")
    assert Counter(row["assignment"] for row in held) == Counter(acknowledged)
    units = records.progress(database, "small")
    assert (units["done"] <= units["wanted"]).all()
    full = units.query("task != 'chat'")
    assert (full["done"] == full["wanted"]).all(), "40 raters are more than the study wants"
    assert len(acknowledged) == int(units["done"].sum())
