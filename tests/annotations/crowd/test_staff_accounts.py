"""Accounts, log-in and the audit: who may what, and what is on record."""

import sqlite3
import statistics
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotations.__main__ import app
from annotations.crowd import staff
from annotations.crowd.staff import StaffError, StaffRole, Throttled
from annotations.setup import open_database
from backend.database import Database

PHRASE = "correct horse battery"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(tmp_path / "staff.db")


def enter(database: Database, name: str, phrase: str, now: float = 0.0) -> staff.Member | None:
    return staff.log_in(database, name, phrase, address="10.0.0.1", now=now or time.time())


def test_the_right_passphrase_opens_and_a_wrong_one_does_not(database: Database) -> None:
    staff.add(database, "ada", StaffRole.ANALYST, passphrase=PHRASE)
    member = enter(database, "ada", PHRASE)
    assert member
    assert (member.name, member.role) == ("ada", StaffRole.ANALYST)
    assert enter(database, "ada", PHRASE + "!") is None
    assert enter(database, "bob", PHRASE) is None
    stored = database.rows("SELECT passphrase FROM staff")[0]["passphrase"]
    assert stored.startswith("$argon2id$")
    assert PHRASE not in stored


def test_after_a_few_failures_a_name_has_to_wait(database: Database) -> None:
    staff.add(database, "ada", StaffRole.ADMIN, passphrase=PHRASE)
    for second in range(staff.FAILURES):
        assert enter(database, "ada", "wrong and wrong", now=1000.0 + second) is None
    with pytest.raises(Throttled, match="15 minutes"):
        enter(database, "ada", PHRASE, now=1010.0)
    assert enter(database, "ada", PHRASE, now=1010.0 + staff.WINDOW)


def test_failures_while_the_clock_was_ahead_keep_nobody_out(database: Database) -> None:
    staff.add(database, "ada", StaffRole.ADMIN, passphrase=PHRASE)
    for second in range(staff.FAILURES):
        enter(database, "ada", "wrong and wrong", now=10.0**9 + second)
    assert enter(database, "ada", PHRASE, now=1000.0)


def test_an_address_that_tries_many_names_has_to_wait(database: Database) -> None:
    for number in range(staff.FAILURES):
        enter(database, f"name{number}", "wrong and wrong", now=1000.0)
    with pytest.raises(Throttled):
        enter(database, "another", "wrong and wrong", now=1001.0)


def test_an_unknown_name_costs_as_much_time_as_a_wrong_passphrase(database: Database) -> None:
    staff.add(database, "ada", StaffRole.ADMIN, passphrase=PHRASE)
    taken: dict[str, list[float]] = {"ada": [], "nobody": []}
    for number in range(12):
        for name, times in taken.items():
            began = time.perf_counter()
            enter(database, name, "wrong and wrong", now=number * 10 * staff.WINDOW + 1)
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in taken.values())
    # Without the hash for nobody the ratio is below a tenth.
    assert unknown > known / 3


def test_a_pass_is_signed_runs_out_with_the_account_and_can_not_be_forged(
    database: Database,
) -> None:
    staff.add(database, "ada", StaffRole.VIEWER, passphrase=PHRASE)
    member = enter(database, "ada", PHRASE)
    assert member
    told = staff.pass_for(database, member)
    assert staff.of_pass(database, told) == member
    assert staff.of_pass(database, told[:-2] + "xx") is None
    assert staff.of_pass(database, "nonsense") is None
    staff.add(database, "ada", StaffRole.ADMIN, passphrase=PHRASE)
    assert staff.of_pass(database, told) is None, "a change ends every log-in"
    again = staff.pass_for(database, staff.Member("ada", StaffRole.ADMIN, 2))
    assert staff.of_pass(database, again)
    staff.remove(database, "ada")
    assert staff.of_pass(database, again) is None


def test_a_pass_of_another_copy_opens_nothing(database: Database, tmp_path: Path) -> None:
    staff.add(database, "ada", StaffRole.ADMIN, passphrase=PHRASE)
    other = open_database(tmp_path / "other.db")
    staff.add(other, "ada", StaffRole.ADMIN, passphrase=PHRASE)
    member = enter(other, "ada", PHRASE)
    assert member
    assert staff.of_pass(database, staff.pass_for(other, member)) is None
    other.close()


def test_an_address_belongs_to_one_account_whatever_its_case(database: Database) -> None:
    staff.add(database, "ada", StaffRole.ANALYST, email="Ada@Example.org")
    found = staff.of_email(database, "ada@example.ORG")
    assert found
    assert found.name == "ada"
    assert staff.of_email(database, "eve@example.org") is None
    with pytest.raises(StaffError, match="'ada' already"):
        staff.add(database, "eve", StaffRole.ADMIN, email="ADA@example.org")
    assert enter(database, "ada", "") is None, "an account without passphrase has none to guess"


@pytest.mark.parametrize(
    ("name", "phrase", "email", "told"),
    [
        ("a b", PHRASE, None, "no account name"),
        ("ada", "short", None, "at least 12"),
        ("ada", None, None, "either"),
        ("ada", PHRASE, "a@b.c", "either"),
    ],
)
def test_unfit_accounts_are_refused_with_the_reason(
    database: Database, name: str, phrase: str | None, email: str | None, told: str
) -> None:
    with pytest.raises(StaffError, match=told):
        staff.add(database, name, StaffRole.VIEWER, passphrase=phrase, email=email)
    assert not staff.is_configured(database)


def test_the_audit_can_be_added_to_and_not_changed(database: Database) -> None:
    staff.note(database, "ada", "export", "demo", rows=3)
    (row,) = staff.audit(database).to_dict("records")
    assert (row["who"], row["action"], row["details"]) == ("ada", "export", '{"rows": 3}')
    for statement in ("DELETE FROM audit", "UPDATE audit SET who = 'eve'"):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"), database.writing() as db:
            db.conn.execute(statement)


def test_accounts_from_the_command_line(tmp_path: Path) -> None:
    told = ["--db", str(tmp_path / "line.db")]
    run = CliRunner().invoke
    made = run(app, ["staff", "add", "ada", "--role", "admin", *told], input=f"{PHRASE}\n" * 2)
    assert made.exit_code == 0, made.output
    assert PHRASE not in made.output
    assert "ada: admin, by passphrase" in run(app, ["staff", "list", *told]).output
    assert run(app, ["staff", "remove", "ada", *told]).exit_code == 0
    gone = run(app, ["staff", "remove", "ada", *told])
    assert gone.exit_code == 1
    assert "no account 'ada'" in gone.output
