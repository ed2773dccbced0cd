"""Backups: whole while others write, put back after a disaster, and plain about what failed."""

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend import backups
from backend.__main__ import app
from backend.backups import backup, every, restore
from backend.database import Database, DatabaseError, NotADatabase, NotWritable
from backend.pool import Entry, Pool, migrations
from tests.annotations.studies import dialogue
from tests.browser.serving import ROOT


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A live database with ten dialogues."""
    opened = Database(tmp_path / "live.db", migrations)
    store(opened, range(10))
    yield opened
    opened.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which a minute goes by between any two looks."""
    minutes = iter(range(10_000))
    start = datetime(2030, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(backups, "_now", lambda: start + timedelta(minutes=next(minutes)))


def store(database: Database, numbers: range) -> None:
    for number in numbers:
        Pool(database).add([Entry(dialogue=dialogue("people", number))])


def held(path: Path) -> set[int]:
    """The numbers of the dialogues in a file that is checked whole."""
    with closing(sqlite3.connect(path)) as found:
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {
            int(source.split("-")[1])
            for (source,) in found.execute("SELECT source_id FROM dialogues")
        }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_a_backup_under_four_writers_is_whole_and_holds_what_was_acknowledged_before(
    database: Database, tmp_path: Path
) -> None:
    acknowledged = set(range(10))
    stop, several = threading.Event(), threading.Semaphore(0)

    def write(first: int) -> None:
        number = first
        while not stop.is_set():
            store(database, range(number, number + 1))
            acknowledged.add(number)
            several.release()
            number += 4

    threads = [threading.Thread(target=write, args=(100 + first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    made = []
    try:
        for _ in range(3):
            for _ in range(8):
                assert several.acquire(timeout=30)
            before = set(acknowledged)
            made.append((before, backup(database.path, tmp_path / "kept", pause=0.05)))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for before, copied in made:
        assert before <= held(copied.path) <= acknowledged
        assert copied.rows["dialogues"] == len(held(copied.path))
    assert len(names(tmp_path / "kept")) == 3


def test_writes_during_a_backup_neither_wait_for_it_nor_start_it_over(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PAGES", 1)
    before = held(database.path)
    rests: list[float] = []

    def write_meanwhile(seconds: float) -> None:
        rests.append(seconds)
        store(database, range(1000 + len(rests), 1001 + len(rests)))

    monkeypatch.setattr("backend.backups.time.sleep", write_meanwhile)
    made = backup(database.path, tmp_path, pause=0.25)

    assert set(rests) == {0.25}
    assert len(rests) >= made.path.stat().st_size / 4096
    assert held(made.path) == before
    assert Pool(database).count() == 10 + len(rests)


@pytest.mark.parametrize("disaster", ["truncated", "garbled", "removed"])
def test_the_restore_drill(database: Database, tmp_path: Path, disaster: str) -> None:
    made = backup(database.path, tmp_path / "kept")
    store(database, range(10, 12))
    path = database.path
    database.close()
    if disaster == "truncated":
        path.write_bytes(b"")
    elif disaster == "garbled":
        path.write_bytes(b"\x00garbage" * (path.stat().st_size // 8))
    else:
        path.unlink()
    broken = path.read_bytes() if path.exists() else None

    found = restore(made.path, path, replace=disaster != "removed")

    assert held(path) == set(range(10))
    again = Database(path, migrations)
    assert Pool(again).count() == 10
    store(again, range(20, 21))
    again.close()
    if broken is None:
        assert found.aside is None
    else:
        assert found.aside is not None
        assert found.aside.read_bytes() == broken


def test_a_stale_log_beside_the_target_does_not_get_into_what_is_restored(
    database: Database, tmp_path: Path
) -> None:
    made = backup(database.path, tmp_path / "kept")
    store(database, range(10, 40))
    target = tmp_path / "other.db"
    log = database.path.with_name("live.db-wal").read_bytes()
    assert log
    target.with_name("other.db-wal").write_bytes(log)

    restore(made.path, target)

    assert held(target) == set(range(10))
    (aside,) = tmp_path.glob("other.db.replaced-*-wal")
    assert aside.read_bytes() == log


def test_what_was_replaced_opens_with_all_it_held(database: Database, tmp_path: Path) -> None:
    made = backup(database.path, tmp_path / "kept")
    store(database, range(10, 20))
    database.close()

    found = restore(made.path, database.path, replace=True)

    assert found.aside is not None
    assert held(found.aside) == set(range(20))
    assert held(database.path) == set(range(10))


def test_a_file_that_is_there_or_in_use_is_left_alone(database: Database, tmp_path: Path) -> None:
    made = backup(database.path, tmp_path / "kept")
    store(database, range(10, 12))
    with pytest.raises(DatabaseError, match=r"live\.db exists.*--replace"):
        restore(made.path, database.path)
    with pytest.raises(DatabaseError, match=r"in use.*Stop the app"):
        restore(made.path, database.path, replace=True)
    store(database, range(12, 14))
    assert held(database.path) == set(range(14))
    assert not list(tmp_path.glob("*replaced*"))
    assert not list(tmp_path.glob("*partial*"))


def test_an_error_on_the_way_renames_all_back(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup(database.path, tmp_path / "kept")
    store(database, range(10, 12))
    database.close()
    before = names(tmp_path)

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "refused")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(NotWritable, match="refused"):
        restore(made.path, database.path, replace=True)
    assert names(tmp_path) == before
    assert held(database.path) == set(range(12))


def test_what_is_no_backup_is_refused_and_the_target_left(tmp_path: Path) -> None:
    target = tmp_path / "live.db"
    Database(target, migrations).close()
    before = target.read_bytes()
    text, other, damaged = (tmp_path / name for name in ("text.db", "other.db", "damaged.db"))
    text.write_text("no database at all" * 100)
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE films (title TEXT)")
    content = bytearray(before)
    content[3 * 4096 : 5 * 4096] = b"\xff" * 2 * 4096
    damaged.write_bytes(bytes(content))
    for path, message in (
        (text, "text.db is not a readable SQLite database"),
        (other, "no table 'dialogues'"),
        (damaged, "damaged.db is (damaged|not a readable)"),
        (tmp_path / "nowhere.db", "no database at .*nowhere.db"),
    ):
        with pytest.raises(DatabaseError, match=message):
            restore(path, target, replace=True)
        assert target.read_bytes() == before
    assert not list(tmp_path.glob("*partial*"))
    assert not list(tmp_path.glob("*replaced*"))


def test_a_damaged_database_is_not_kept_as_a_backup(database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    made = backup(database.path, kept, keep=1)
    database.close()
    with database.path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(NotADatabase, match=r"live\.db"):
        backup(database.path, kept, keep=1)
    assert names(kept) == [made.path.name]


FULL_DISK = """
import resource, sys
from pathlib import Path
from backend import backups
resource.setrlimit(resource.RLIMIT_FSIZE, (40960, 40960))
try:
    backups.backup(Path(sys.argv[1]), Path(sys.argv[2]))
except backups.NotWritable as error:
    sys.exit(f"told: {error}")
"""


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(
    database: Database, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    command = [sys.executable, "-B", "-c", FULL_DISK, str(database.path), str(kept)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "told: " in told.stderr
    assert "disk has space" in told.stderr
    assert names(kept) == []


@pytest.mark.parametrize("folder", ["live.db/kept", "live.db"])
def test_a_folder_that_can_not_be_is_told(database: Database, tmp_path: Path, folder: str) -> None:
    before = names(tmp_path)
    with pytest.raises(NotWritable, match="folder is writable"):
        backup(database.path, tmp_path / folder)
    assert names(tmp_path) == before


def test_no_backup_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"no database at .*nowhere\.db"):
        backup(tmp_path / "nowhere.db", tmp_path)
    assert names(tmp_path) == []


def test_only_the_newest_are_kept_and_other_files_stay(
    database: Database, tmp_path: Path, clock: None
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    others = ["live-notes.db", "live-v2-20200101T000000Z.db", "notes.txt"]
    for name in others:
        (kept / name).touch()
    made = [backup(database.path, kept, keep=3).path.name for _ in range(5)]
    assert names(kept) == sorted(others + made[-3:])
    assert [path.name for path in backups.backups(database.path, kept)] == made[:1:-1]
    with pytest.raises(ValueError, match="keep is 1 or more"):
        backup(database.path, kept, keep=0)


def test_two_within_a_second_are_both_kept(database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert len({backup(database.path, kept).path for _ in range(3)}) == 3
    assert len(names(kept)) == 3


def test_a_clock_set_back_costs_no_new_backup(database: Database, tmp_path: Path) -> None:
    future = tmp_path / "live-29990101T000000Z.db"
    future.touch()
    made = backup(database.path, tmp_path, keep=1)
    assert made.path.exists()
    assert held(made.path) == set(range(10))


def test_a_backup_is_one_file_as_private_as_the_original(
    database: Database, tmp_path: Path
) -> None:
    database.path.chmod(0o640)
    made = backup(database.path, tmp_path / "kept")
    assert made.path.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path / "kept") == [made.path.name]
    with closing(sqlite3.connect(f"{made.path.as_uri()}?immutable=1", uri=True)) as found:
        assert found.execute("SELECT count(*) FROM dialogues").fetchone() == (10,)


class Heard(logging.Handler):
    """Lets a test wait for the next line of the log of a kind."""

    def __init__(self) -> None:
        super().__init__()
        self.made, self.failed = threading.Semaphore(0), threading.Semaphore(0)

    def emit(self, record: logging.LogRecord) -> None:
        (self.failed if record.levelno >= logging.ERROR else self.made).release()


@pytest.fixture
def heard() -> Iterator[Heard]:
    log = logging.getLogger("backend.backups")
    handler = Heard()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


def test_the_timer_makes_backups_and_survives_one_that_fails(
    database: Database, tmp_path: Path, heard: Heard
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("a file where the folder belongs")
    timer = every(0.01, database.path, kept, keep=2)
    try:
        assert heard.failed.acquire(timeout=30)
        kept.unlink()
        for _ in range(3):
            assert heard.made.acquire(timeout=30)
    finally:
        timer.stop.set()
        timer.join(timeout=30)
    assert not timer.is_alive()
    assert timer.daemon
    assert len(names(kept)) == 2
    for path in kept.iterdir():
        assert held(path) == set(range(10))


def test_a_restart_waits_until_the_next_backup_is_due(
    database: Database, tmp_path: Path, heard: Heard
) -> None:
    first = every(3600, database.path, tmp_path / "kept")
    assert heard.made.acquire(timeout=30)
    first.stop.set()
    first.join(timeout=30)
    second = every(3600, database.path, tmp_path / "kept")
    assert not heard.made.acquire(timeout=0.2)
    second.stop.set()
    second.join(timeout=30)
    assert len(names(tmp_path / "kept")) == 1
    with pytest.raises(ValueError, match="above 0"):
        every(0, database.path, tmp_path / "kept")


def test_the_commands_back_up_and_restore(database: Database, tmp_path: Path) -> None:
    made = run("backup", "--db", database.path, "--keep", 2)
    assert made.exit_code == 0, made.output
    assert "10 dialogues" in made.output
    (copy,) = (tmp_path / "backups").iterdir()
    database.close()

    refused = run("restore", copy, "--db", database.path)
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    done = run("restore", copy, "--db", database.path, "--replace")
    assert done.exit_code == 0, done.output
    assert "What was there is now" in done.output
    assert held(database.path) == set(range(10))

    nothing = run("backup", "--db", tmp_path / "nowhere.db")
    assert nothing.exit_code == 1
    assert "Error: no database at" in nothing.output
