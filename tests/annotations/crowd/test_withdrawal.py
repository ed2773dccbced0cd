"""Withdrawal: every trace is gone from a new export, the totals stay explained."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from annotations import assignment, doors, journey, quality, records
from annotations.__main__ import app
from annotations.crowd import deletion, staff, withdrawal
from annotations.export import export
from annotations.live import chats
from annotations.records import NoConsent
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.database import Database
from backend.dialogue import Role, System, Turn
from backend.pool import DialogueFilter, Pool
from tests.annotations.studies import PROTOCOL, fill
from tests.annotations.test_assignment import answers
from tests.annotations.test_doors import PID

SECRET = "my very own words"


@pytest.fixture
def judged(tmp_path: Path) -> tuple[Database, Study, str]:
    """Two raters through a whole study, chat and report included; the first one's id."""
    database = open_database(tmp_path / "withdrawal.db")
    fill(database)
    told = "name: small\nrecruitment: {door: prolific}\nabout: [{id: age, kind: text, text: Age?}]"
    study = parse(PROTOCOL.replace("name: small", told))
    set_up(database, study)
    raters = []
    for number in (1, 2):
        visit = doors.enter(database, study, {**PID, "PROLIFIC_PID": f"{number}a" * 12})
        raters.append(visit.rater)
        journey.join(database, study, visit)
        journey.tell_about(database, study, visit.rater, {"age": f"{SECRET} {number}"})
        quality.practise(database, study, visit.rater, 0, "human")
        journey.report(database, study, visit.rater, f"{SECRET} {number}")
        while given := assignment.claim(database, study, visit.rater):
            said: dict[str, Any] = answers(study.task(given.task))
            if given.task == "chat":
                chats.say(database, given, 0, Turn(role=Role.SEEKER, text=f"{SECRET} {number}"))
                chats.close(
                    database, study, given, number, System(name="critiquing", simulator="x")
                )
            if given.task == "identify":
                said["reason"] = f"{SECRET} {number}"
            assignment.submit(database, study, given, said, key=given.next_key, seconds=5)
    quality.exclude(database, "small", rule="r", reason=SECRET, who="Ada", rater=raters[0])
    return database, study, raters[0]


def test_a_withdrawal_removes_every_trace_and_explains_the_totals(
    judged: tuple[Database, Study, str], tmp_path: Path
) -> None:
    database, study, rater = judged
    erased = withdrawal.withdraw(database, rater)
    assert erased
    assert (erased.screens, erased.chats) == (11, 1)
    assert erased.answers > 11
    folder = tmp_path / "export"
    export(database, study.name, folder)
    everything = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    assert f"{SECRET} 1".encode() not in everything
    assert rater.encode() not in everything
    assert b"r1" not in b"".join(
        (folder / f"{t}.jsonl").read_bytes() for t in ("judgments", "raters")
    )
    assert f"{SECRET} 2".encode() in everything, "the other rater's words are still there"
    card = (folder / "README.md").read_text()
    assert f"1 rater withdrew: {erased.answers} answers on 11 screens and 1 chat" in card
    chats_left = Pool(database).frame(DialogueFilter(corpus=("chats",)))
    assert len(chats_left) == 1
    database.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("withdrawal.db*"))
    assert f"{SECRET} 1".encode() not in kept, "the file's freed pages still hold it"
    assert b"1a" * 12 not in kept


def test_the_deletion_of_a_study_removes_chats_and_ids_from_the_file(
    judged: tuple[Database, Study, str], tmp_path: Path
) -> None:
    database, study, _ = judged
    deletion.delete(database, study.name, who="Ada")
    assert Pool(database).frame(DialogueFilter(corpus=("chats",))).empty
    database.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("withdrawal.db*"))
    for trace in (SECRET.encode(), b"1a" * 12, b"2a" * 12):
        assert trace not in kept


def test_nothing_of_a_withdrawn_rater_is_left_in_any_table(
    judged: tuple[Database, Study, str],
) -> None:
    database, _, rater = judged
    withdrawal.withdraw(database, rater)
    tables = [
        row["name"] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    for table in tables:
        for row in database.rows(f"SELECT * FROM {table}"):
            told = json.dumps(row, default=str)
            assert f"{SECRET} 1" not in told, table
            assert "1a" * 12 not in told, table
    assert database.rows("SELECT 1 FROM raters WHERE id = ? AND person NOTNULL", [rater]) == []


def test_the_units_of_a_withdrawn_rater_are_open_again(
    judged: tuple[Database, Study, str],
) -> None:
    database, study, rater = judged
    before = int(records.progress(database, study.name)["done"].sum())
    withdrawal.withdraw(database, rater)
    assert int(records.progress(database, study.name)["done"].sum()) == before - 11


def test_whoever_withdrew_can_neither_judge_nor_come_in_again(
    judged: tuple[Database, Study, str],
) -> None:
    database, study, rater = judged
    first = withdrawal.withdraw(database, rater)
    assert withdrawal.withdraw(database, rater) == first
    assert journey.standing(database, study, rater).step is journey.JourneyStep.WITHDRAWN
    with pytest.raises(NoConsent):
        assignment.claim(database, study, rater)
    with pytest.raises(NoConsent):
        journey.join(database, study, rater)
    assert withdrawal.withdraw(database, "nobody at all") is None


def test_a_chat_shown_in_another_study_is_no_longer_shown_there(
    judged: tuple[Database, Study, str],
) -> None:
    database, _, rater = judged
    other = parse(
        """
name: other
title: Chats
consent: {version: "1", text: "?"}
instructions: Judge.
tasks:
  - {kind: rate, id: rate, title: Natural?, units_per_rater: 2, dialogues: {corpus: [chats]},
     questions: [{id: natural, kind: scale, text: Natural?}]}
completion: {code: X}
"""
    )
    set_up(database, other)
    journey.join(database, other, "a rater of the other study")
    given = assignment.claim(database, other, "a rater of the other study")
    assert given
    withdrawal.withdraw(database, rater)
    units = set()
    while given := assignment.claim(database, other, "a rater of the other study"):
        units.add(given.unit)
        said = answers(other.task(given.task))
        assignment.submit(database, other, given, said, key=given.next_key, seconds=1)
    assert len(units) == 1


def test_raw_ids_and_marks_are_deleted_when_their_time_has_come(
    judged: tuple[Database, Study, str],
) -> None:
    database, _, _ = judged
    now = database.rows("SELECT max(at) AS at FROM recruiter_ids")[0]["at"]
    assert withdrawal.keep_no_longer(database, now=now + 89 * 86400)["recruiter ids"] == 0
    assert withdrawal.keep_no_longer(database, now=now + 91 * 86400)["recruiter ids"] == 2
    assert database.rows("SELECT 1 FROM recruiter_ids") == []


def test_only_the_withdrawn_can_be_erased(judged: tuple[Database, Study, str]) -> None:
    database, _, _ = judged
    for table in ("judgments", "submissions", "practice", "chat_turns", "backgrounds"):
        with pytest.raises(Exception, match="append-only"), database.writing() as db:
            db.conn.execute(f"DELETE FROM {table}")


def test_a_rater_who_writes_instead_is_erased_by_command(
    judged: tuple[Database, Study, str],
) -> None:
    database, study, _ = judged
    told = ["withdraw", study.name, "--rater", "1", "--who", "Ada", "--db", str(database.path)]
    refused = CliRunner().invoke(app, told, input="n\n")
    assert refused.exit_code == 1
    assert len(records.raters(database, study.name)) == 2
    done = CliRunner().invoke(app, [*told, "--yes"])
    assert done.exit_code == 0, done.output
    assert records.raters(database, study.name)["number"].tolist() == [2]
    assert staff.audit(database)["action"].tolist() == ["withdraw a rater at their wish"]
    again = CliRunner().invoke(app, [*told, "--yes"])
    assert again.exit_code == 1
    assert "no rater number 1" in again.output
