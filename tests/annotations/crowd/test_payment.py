"""The payment list: each study has its own, with the parameters of its own submissions."""

import json
from pathlib import Path

import sqlite_utils

from annotations import assignment, doors, journey, schema
from annotations.crowd import payment
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend import pool
from backend.database import Database
from tests.annotations.studies import fill

STUDY = """
name: NAME
title: A small study
recruitment: {door: prolific}
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
tasks:
  - kind: rate
    id: rate
    title: How natural?
    units_per_rater: 2
    judgments_per_unit: 9
    dialogues: {corpus: [people]}
    per_system: 4
    questions: [{id: naturalness, kind: scale, text: How natural?}]
completion: {code: DONE-42}
"""
PERSON = "5f" * 12


def study_of(database: Database, name: str) -> Study:
    study = parse(STUDY.replace("NAME", name))
    set_up(database, study)
    return study


def visit(database: Database, study: Study, prolific_study: str, session: str) -> doors.Visit:
    link = {"PROLIFIC_PID": PERSON, "STUDY_ID": prolific_study * 24, "SESSION_ID": session * 24}
    return doors.enter(database, study, link)


def judge_all(database: Database, study: Study, rater: str) -> None:
    while given := assignment.claim(database, study, rater):
        answers = {"naturalness": 3}
        assignment.submit(database, study, given, answers, key=given.next_key, seconds=9)


def listed(database: Database, study: Study) -> list[list[str]]:
    names = ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"]
    return payment.due(database, study)[names].to_numpy().tolist()


def test_a_list_has_the_parameters_of_its_own_study_when_a_person_takes_two(tmp_path: Path) -> None:
    database = open_database(tmp_path / "pay.db")
    fill(database)
    first, second = study_of(database, "first"), study_of(database, "second")
    for study, sign in ((first, "a"), (second, "b")):
        came = visit(database, study, sign, "1")
        journey.join(database, study, came)
        judge_all(database, study, came.rater)
    assert listed(database, first) == [[PERSON, "a" * 24, "1" * 24]]
    assert listed(database, second) == [[PERSON, "b" * 24, "1" * 24]]
    database.close()


def test_a_list_has_the_session_in_which_the_rater_finished(tmp_path: Path) -> None:
    database = open_database(tmp_path / "pay.db")
    fill(database)
    study = study_of(database, "returned")
    journey.join(database, study, visit(database, study, "a", "1"))
    again = visit(database, study, "c", "2")
    doors.come_back(database, again)
    judge_all(database, study, again.rater)
    doors.come_back(database, visit(database, study, "d", "3"))
    assert listed(database, study) == [[PERSON, "c" * 24, "2" * 24]]
    database.close()


def test_a_visit_before_consent_stores_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path / "pay.db")
    fill(database)
    study = study_of(database, "looked")
    doors.come_back(database, visit(database, study, "a", "1"))
    assert database.rows("SELECT * FROM recruiter_ids") == []
    database.close()


def test_an_older_databases_ids_go_to_the_study_they_are_of(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite_utils.Database(path)
    pool.migrations.apply(old)
    schema.migrations.apply(old, stop_before="m005_recruiter_sessions")
    raw = {"PROLIFIC_PID": PERSON, "STUDY_ID": "b" * 24, "SESSION_ID": "2" * 24}
    with old.atomic():
        for number, name in enumerate(("first", "second")):
            protocol = parse(STUDY.replace("NAME", name)).model_dump_json()
            old.conn.execute("INSERT INTO studies VALUES (?, 'x', ?, 1)", [name, protocol])
            old.conn.execute(
                "INSERT INTO raters (id, study, crowd, number, created_at, completed_at, person) "
                "VALUES (?, ?, 'people', 1, ?, 9, 'hashed')",
                [f"rater of {name}", name, number],
            )
        old.conn.execute(
            "INSERT INTO recruiter_ids VALUES ('hashed', ?, 1, 1000)", [json.dumps(raw)]
        )
    old.close()
    database = open_database(path)
    first, second = parse(STUDY.replace("NAME", "first")), parse(STUDY.replace("NAME", "second"))
    assert listed(database, second) == [[PERSON, "b" * 24, "2" * 24]]
    (row,) = payment.due(database, first).to_dict("records")
    assert row["PROLIFIC_PID"] == PERSON
    assert not isinstance(row["STUDY_ID"], str), "unknown: the row was overwritten"
    assert f'"{PERSON}","","","finished"' in payment.as_csv(payment.due(database, first)).decode()
    database.close()
