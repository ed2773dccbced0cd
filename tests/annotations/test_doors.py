"""Doors: who is let in, who is the same person, and what the file then knows of them."""

import re
from pathlib import Path

import pytest

from annotations import doors, journey, secret
from annotations.doors import EntryRefused, enter
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from annotations.tasks.base import StudyError
from backend.database import Database, DatabaseError
from tests.annotations.studies import PROTOCOL, fill

PID = {"PROLIFIC_PID": "5f" * 12, "STUDY_ID": "ab" * 12, "SESSION_ID": "cd" * 12}


def opened(tmp_path: Path, recruitment: str, name: str = "small") -> tuple[Database, Study]:
    database = open_database(tmp_path / "doors.db")
    fill(database)
    text = PROTOCOL.replace("name: small", f"name: {name}\nrecruitment: {recruitment}")
    study = parse(text)
    set_up(database, study)
    return database, study


def test_prolific_people_are_known_by_a_keyed_hash_and_come_back_as_themselves(
    tmp_path: Path,
) -> None:
    database, study = opened(tmp_path, "{door: prolific}")
    visit = enter(database, study, PID)
    journey.join(database, study, visit)
    again = enter(database, study, {**PID, "SESSION_ID": "ef" * 12})
    assert again.rater == visit.rater
    other = enter(database, study, {**PID, "PROLIFIC_PID": "60" * 12})
    assert other.rater != visit.rater
    database.close()
    stored = (tmp_path / "doors.db").read_bytes() + (tmp_path / "doors.db.key").read_bytes()
    assert stored.count(PID["PROLIFIC_PID"].encode()) == 1, "the raw id is in one table only"
    kept = open_database(tmp_path / "doors.db")
    (row,) = kept.rows("SELECT raw FROM recruiter_ids")
    assert PID["PROLIFIC_PID"] in row["raw"]
    kept.close()


def test_without_the_key_nobody_can_tell_who_is_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, study = opened(tmp_path, "{door: prolific}")
    first = enter(database, study, PID)
    monkeypatch.setenv("UNCANNY_KEY", "another key, long enough to be taken as one")
    second = enter(database, study, PID)
    assert {first.rater, first.person}.isdisjoint({second.rater, second.person})
    monkeypatch.setenv("UNCANNY_KEY", "short")
    with pytest.raises(DatabaseError, match="UNCANNY_KEY has 5 characters"):
        enter(database, study, PID)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    database, _ = opened(tmp_path, "{door: open}")
    first, second = secret.key(database), secret.key(database)
    assert first == second
    assert (tmp_path / "doors.db.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("changed", "reason", "name"),
    [
        ({"PROLIFIC_PID": ""}, "missing", "PROLIFIC_PID"),
        ({"PROLIFIC_PID": "5f" * 11}, "malformed", "PROLIFIC_PID"),
        ({"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}, "malformed", "PROLIFIC_PID"),
        ({"STUDY_ID": "' OR 1=1 --"}, "malformed", "STUDY_ID"),
        ({"SESSION_ID": "cd" * 12 + "\n"}, "malformed", "SESSION_ID"),
    ],
)
def test_prolific_links_are_refused_with_the_reason(
    tmp_path: Path, changed: dict[str, str], reason: str, name: str
) -> None:
    database, study = opened(tmp_path, "{door: prolific}")
    with pytest.raises(EntryRefused) as refused:
        enter(database, study, {**PID, **changed})
    assert (refused.value.reason, refused.value.name) == (reason, name)
    with pytest.raises(EntryRefused):
        enter(database, study, {**PID, **changed, "rater": "x" * 22})


def test_another_recruiter_names_its_own_parameters(tmp_path: Path) -> None:
    door = r"{door: recruiter, parameters: {worker: '[A-Z0-9]{8}', wave: '\d'}}"
    database, study = opened(tmp_path, door)
    visit = enter(database, study, {"worker": "AB12CD34", "wave": "1"})
    assert visit.rater == enter(database, study, {"worker": "AB12CD34", "wave": "2"}).rater
    with pytest.raises(EntryRefused, match="malformed: wave"):
        enter(database, study, {"worker": "AB12CD34", "wave": "x"})


@pytest.mark.parametrize("worker", ["J\ufffdrgen", "\ufffd", "ok\ufffd"])
def test_an_id_whose_bytes_are_not_utf8_is_refused_as_two_could_read_the_same(
    tmp_path: Path, worker: str
) -> None:
    database, study = opened(tmp_path, "{door: recruiter, parameters: {worker: '.*'}}")
    with pytest.raises(EntryRefused, match="undecodable: worker"):
        enter(database, study, {"worker": worker})
    assert (
        enter(database, study, {"worker": "Jürgen"}).rater
        != enter(database, study, {"worker": "Jörgen"}).rater
    )


def test_a_parameter_given_twice_is_refused_unless_both_agree(tmp_path: Path) -> None:
    database, study = opened(tmp_path, "{door: prolific}")
    pid = PID["PROLIFIC_PID"]
    with pytest.raises(EntryRefused, match="ambiguous: PROLIFIC_PID"):
        enter(database, study, {**PID, "PROLIFIC_PID": [pid, "60" * 12]})
    once = enter(database, study, PID)
    assert enter(database, study, {**PID, "PROLIFIC_PID": [pid, pid]}).rater == once.rater
    assert enter(database, study, {**PID, "utm": ["a", "b"]}).rater == once.rater


def test_an_invite_is_one_rater_and_only_its_hash_is_stored(tmp_path: Path) -> None:
    database, study = opened(tmp_path, "{door: invite}")
    one, two = doors.invite(database, study, 2, who="Ada")
    journey.join(database, study, enter(database, study, {"invite": one}))
    assert (
        enter(database, study, {"invite": one}).rater
        != enter(database, study, {"invite": two}).rater
    )
    used = database.rows("SELECT rater NOTNULL AS used FROM invites ORDER BY used")
    assert [row["used"] for row in used] == [0, 1]
    for told in ({}, {"invite": "made-up-token-000000000"}):
        with pytest.raises(EntryRefused):
            enter(database, study, told)
    database.close()
    assert one.encode() not in (tmp_path / "doors.db").read_bytes()


def test_a_personal_link_leads_back_whatever_the_door(tmp_path: Path) -> None:
    database, study = opened(tmp_path, "{door: prolific}")
    visit = enter(database, study, PID)
    journey.join(database, study, visit)
    assert enter(database, study, {"rater": visit.rater}).rater == visit.rater


def test_an_open_door_gives_everybody_an_id_nobody_can_guess(tmp_path: Path) -> None:
    database, study = opened(tmp_path, "{door: open}")
    ids = {enter(database, study, {}).rater for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"[\w-]{22}", identifier) for identifier in ids)
    assert enter(database, study, {"rater": "<script>alert(1)</script>"}).rater not in ids


def test_declining_at_a_recruiters_door_is_counted_and_no_more(tmp_path: Path) -> None:
    database, study = opened(tmp_path, "{door: prolific}")
    enter(database, study, PID)
    doors.decline(database, study)
    assert database.rows("SELECT study, reason FROM refusals") == [
        {"study": "small", "reason": "declined"}
    ]
    assert database.rows("SELECT 1 FROM raters") == []


@pytest.mark.parametrize(
    ("door", "told"),
    [
        ("{door: recruiter}", "lists its `parameters`"),
        ("{door: open, parameters: {a: b}}", "lists its `parameters`"),
        ("{door: recruiter, parameters: {study: '.*'}}", "Uncanny's own"),
        ("{door: window}", "prolific"),
    ],
)
def test_an_impossible_door_is_named(door: str, told: str) -> None:
    with pytest.raises(StudyError, match=told):
        parse(PROTOCOL.replace("name: small", f"name: small\nrecruitment: {door}"))
