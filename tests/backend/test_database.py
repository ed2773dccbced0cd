"""The database file: durable, one writer, and plain about what is wrong with it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from annotations.setup import open_database
from backend import pool
from backend.database import Database, DatabaseError, NewerSchema, NotADatabase, NotWritable
from tests.annotations.studies import dialogue, fill, small
from tests.browser.serving import ROOT


def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    fill(database)
    database.close()
    again = open_database(tmp_path / "a.db")
    assert pool.Pool(again).count() == 48
    again.close()


def test_a_file_with_the_pool_alone_gains_the_records(tmp_path: Path) -> None:
    Database(tmp_path / "a.db", pool.migrations).close()
    database = open_database(tmp_path / "a.db")
    assert database.rows("SELECT * FROM studies") == []
    applied = database.rows("SELECT migration_set, name FROM _sqlite_migrations")
    database.close()
    again = open_database(tmp_path / "a.db")
    assert again.rows("SELECT migration_set, name FROM _sqlite_migrations") == applied
    again.close()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    with database.writing() as db:
        db.conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('pool', 'm999_from_the_future', '2099')"
        )
    database.close()
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(NewerSchema, match="m999_from_the_future"):
        open_database(tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"x" * 4096]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(NotADatabase, match=r"a\.db"):
        open_database(path)
    assert path.read_bytes() == content


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="can't be written"):
        open_database(tmp_path)


def test_a_full_disk_stores_nothing_by_halves_and_works_again_with_room(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    with database.writing() as db:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    # SQLite's own limit gives the very error that a full disk gives.
    database._writer.conn.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(NotWritable, match="disk has space"):
        fill(database, per_system=200)
    assert pool.Pool(database).count() == 0
    database._writer.conn.execute("PRAGMA max_page_count = 1000000")
    fill(database)
    assert pool.Pool(database).count() == 48
    database.close()


def test_a_database_that_became_read_only_is_told_and_reading_goes_on(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    fill(database)
    database._writer.conn.execute("PRAGMA query_only = ON")
    with pytest.raises(NotWritable, match="writable"), database.writing() as db:
        db.conn.execute("DELETE FROM dialogues")
    assert pool.Pool(database).count() == 48
    database.close()


def test_an_error_inside_a_transaction_takes_all_of_it_back(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")

    def store_and_fail() -> None:
        with database.writing():
            pool.Pool(database).add([pool.Entry(dialogue=dialogue("people", 1))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_and_fail()
    assert pool.Pool(database).count() == 0
    database.close()


def test_readers_do_not_wait_for_a_writer_and_see_only_what_is_committed(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    inside, seen = threading.Event(), threading.Event()
    counts: list[int] = []

    def read() -> None:
        inside.wait()
        counts.append(pool.Pool(database).count())
        seen.set()

    reader = threading.Thread(target=read)
    reader.start()
    with database.writing():
        fill(database)
        inside.set()
        assert seen.wait(timeout=10)
    reader.join()
    assert counts == [0]
    assert pool.Pool(database).count() == 48
    database.close()


def test_readers_can_not_write(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    with pytest.raises(NotWritable):
        database.rows("DELETE FROM dialogues")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.rows("SELECT * FROM nowhere")
    database.close()


JUDGE_FOREVER = """
import sys
from pathlib import Path
from annotations.setup import open_database
from annotations import assignment, journey, records
from tests.annotations.test_assignment import take
database = open_database(Path(sys.argv[1]))
study = records.study(database, "small")
number = int(sys.argv[2])
while True:
    number += 1
    journey.join(database, study, f"rater {number}")
    while given := take(database, study, f"rater {number}"):
        print(given.id, flush=True)
"""


def _kill_while_judging(path: Path, first: int) -> set[int]:
    """Let a process judge, kill it without warning after some acknowledgments; their ids."""
    process = subprocess.Popen(
        [sys.executable, "-c", JUDGE_FOREVER, str(path), str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    acknowledged = {int(process.stdout.readline()) for _ in range(5)}
    os.kill(process.pid, signal.SIGKILL)
    acknowledged |= {int(line) for line in process.stdout if line.endswith("\n")}
    process.wait()
    process.stdout.close()
    return acknowledged


@pytest.mark.parametrize("times", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_a_killed_process_loses_no_acknowledged_judgment(tmp_path: Path, times: int) -> None:
    path = tmp_path / "killed.db"
    database, _ = small(path, wanted=500)
    acknowledged: set[int] = set()
    for turn in range(times):
        acknowledged |= _kill_while_judging(path, 1000 * turn)
        held = {row["assignment"] for row in database.rows("SELECT assignment FROM submissions")}
        assert acknowledged <= held
    assert len(acknowledged) >= 5 * times
    assert database.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    database.close()


def test_writers_that_share_a_commit_fail_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    failed: list[int] = []

    def store(number: int) -> None:
        try:
            with database.writing():
                pool.Pool(database).add([pool.Entry(dialogue=dialogue("people", number))])
                if number % 3 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            failed.append(number)

    threads = [threading.Thread(target=store, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(failed) == list(range(0, 60, 3))
    kept = {int(source.split("-")[1]) for source in pool.Pool(database).frame()["source_id"]}
    assert kept == set(range(60)) - set(failed)
    database.close()


def test_when_the_disk_is_full_every_thread_is_told_what_was_not_stored(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    with database.writing() as db:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    database._writer.conn.execute(f"PRAGMA max_page_count = {pages + 8}")
    acknowledged: list[int] = []
    refused: list[int] = []

    def store(number: int) -> None:
        try:
            pool.Pool(database).add([pool.Entry(dialogue=dialogue("people", number))])
            acknowledged.append(number)
        except NotWritable:
            refused.append(number)

    threads = [threading.Thread(target=store, args=(number,)) for number in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acknowledged) + len(refused) == 80
    assert refused
    kept = {int(source.split("-")[1]) for source in pool.Pool(database).frame()["source_id"]}
    assert kept == set(acknowledged)
    database.close()
