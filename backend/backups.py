"""Make, check, rotate and restore backups of the database file while the app runs.

A copy is a snapshot of one moment. It holds every write acknowledged before the copy began.
It is a single file without a write-ahead log, so it can be moved and opened anywhere.
"""

import glob
import logging
import os
import re
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.database import BUSY_TIMEOUT, DatabaseError, NotADatabase, NotWritable

#: Default number of backups of one database that a folder keeps.
KEEP = 14

#: Pages (4 KiB each) copied per step, and the seconds between steps, in which others can write.
PAGES, PAUSE = 1000, 0.005

#: Endings of files that SQLite keeps beside a database. Beside a replaced database, they would
#: damage the new one.
_BESIDE = ("-wal", "-shm", "-journal")

#: Seconds after which an unfinished copy is assumed to be left by a killed process.
_ABANDONED = 86_400

_STAMP = "%Y%m%dT%H%M%SZ"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Copied:
    """A checked copy: where it is, the rows of each table, and where a file it replaced went."""

    path: Path
    rows: dict[str, int]
    aside: Path | None = None

    @property
    def contents(self) -> str:
        """Dialogues, rows, tables and size, in words."""
        rows, size = sum(self.rows.values()), self.path.stat().st_size / 2**20
        return (
            f"{self.rows.get('dialogues', 0):,} dialogues, {rows:,} rows in {len(self.rows)} "
            f"tables, {size:.1f} MiB"
        )


def backup(source: Path, folder: Path, *, keep: int = KEEP, pause: float = PAUSE) -> Copied:
    """Copy the database `source`, live or not, to `folder`/NAME-YYYYMMDDTHHMMSSZ.db (UTC).

    Writers go on meanwhile: the copy reads one snapshot, and the write-ahead log grows until it is
    done. It is checked (`PRAGMA quick_check`, rows of every table as in the snapshot) and on disk
    before it gets its name; only then are all but the `keep` newest backups of this database
    removed, and what a killed backup left a day ago. `pause`: seconds between steps of `PAGES`.

    Raises DatabaseError: no such file, NotADatabase, or NotWritable, which leaves nothing behind.
    Raises ValueError if `keep` is below 1.
    """
    if keep < 1:
        raise ValueError(f"keep is 1 or more, or the new backup would go too; got {keep}")
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _copy(source, folder, source.stem, pause) as (partial, rows):
        stamp = _now()
        # A second backup within one second gets the next second, so that it replaces no file.
        while (path := folder / f"{source.stem}-{stamp:{_STAMP}}.db").exists():
            stamp += timedelta(seconds=1)
        partial.replace(path)
        _sync(folder)
    with _writing(folder):
        for old in backups(source, folder)[keep:]:
            if old != path:  # a clock set back must not cost the backup just made
                old.unlink(missing_ok=True)
        for left in folder.glob(f"{glob.escape(source.stem)}-*.partial*"):
            if left.stat().st_mtime < time.time() - _ABANDONED:
                left.unlink(missing_ok=True)
    return Copied(path, rows)


def backups(source: Path, folder: Path) -> list[Path]:
    """The backups of `source` in `folder`, newest first by the time in their names."""
    name = re.compile(rf"{re.escape(source.stem)}-\d{{8}}T\d{{6}}Z\.db")
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in paths if name.fullmatch(path.name)), reverse=True)


def restore(backup: Path, target: Path, *, replace: bool = False) -> Copied:
    """Put a copy of `backup` in the place of `target`, for which the app has to be stopped.

    A file already there is refused unless `replace`; then it and what SQLite keeps beside it are
    renamed to NAME.replaced-YYYYMMDDTHHMMSSZ (`aside` in what is returned), never removed. The copy
    is complete, checked and on disk before anything is renamed, and an error renames all back.

    Raises DatabaseError: no such backup, NotADatabase, a file that is no database of Uncanny, a
    target that exists or that a process has open, NotWritable.
    """
    target = target.resolve()  # a link stays a link
    if target.exists() and not replace:
        raise DatabaseError(
            f"{target} exists and was left as it is. Name another file with --db, or say --replace "
            "to have it renamed and the backup put in its place."
        )
    with _writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    with _copy(backup, target.parent, target.name) as (partial, rows):
        if "dialogues" not in rows:
            raise DatabaseError(
                f"{backup} is a database, but none of Uncanny's: it has no table 'dialogues'. "
                f"{target} was left as it is. Name a file that `backup` made."
            )
        _refuse_if_open(target)
        moved: list[tuple[Path, Path]] = []
        try:
            aside = _aside(target)
            for ending in ("", *_BESIDE):
                old, new = (path.with_name(path.name + ending) for path in (target, aside))
                if old.exists():
                    old.rename(new)
                    moved.append((old, new))
            partial.replace(target)
        except BaseException:
            for old, new in reversed(moved):
                new.rename(old)
            raise
        _sync(target.parent)
    return Copied(target, rows, aside if (target, aside) in moved else None)


class Timer(threading.Thread):
    """The thread that `every` starts. `stop.set()` ends it; it then makes no further backup."""

    def __init__(self, seconds: float, make: Callable[[], Copied], wait: Callable[[], float]):
        super().__init__(name="backups", daemon=True)
        self.stop = threading.Event()
        self._seconds, self._make, self._wait = seconds, make, wait

    def run(self) -> None:
        """Make a backup when one is due, log how it went, and go on whatever happened."""
        wait = self._wait()
        while not self.stop.wait(wait):
            wait = self._seconds
            try:
                made = self._make()
                _log.info("backup %s: %d rows", made.path, sum(made.rows.values()))
            except Exception:
                _log.exception("no backup was made; the next try is in %g seconds", wait)


def every(seconds: float, source: Path, folder: Path, *, keep: int = KEEP) -> Timer:
    """Start a daemon thread that backs `source` up to `folder` each `seconds`, as `backup` does.

    The first one is due `seconds` after the newest backup there, so that restarts neither skip
    backups nor push older ones out. Failures are logged by this module's logger.
    Raises ValueError unless `seconds` is above 0 and `keep` 1 or more.
    """
    if not seconds > 0 or keep < 1:
        raise ValueError(f"seconds are above 0 and keep 1 or more; got {seconds} and {keep}")

    def wait() -> float:
        with suppress(OSError, IndexError, ValueError):
            stamp = backups(source, folder)[0].stem.removeprefix(f"{source.stem}-")
            age = _now() - datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
            return min(max(seconds - age.total_seconds(), 0.0), seconds)
        return 0.0

    timer = Timer(seconds, lambda: backup(source, folder, keep=keep), wait)
    timer.start()
    return timer


@contextmanager
def _copy(
    source: Path, folder: Path, name: str, pause: float = 0
) -> Iterator[tuple[Path, dict[str, int]]]:
    """A checked copy with a temporary name in `folder`, and rows per table; deleted after use."""
    if not source.is_file():
        raise DatabaseError(f"no database at {source}. Name one that is there.")
    with _writing(folder):
        handle, made = tempfile.mkstemp(dir=folder, prefix=f"{name}-", suffix=".partial")
        os.close(handle)
        partial = Path(made)
        try:
            partial.chmod(source.stat().st_mode & 0o777)  # as private as the original
            with closing(_open(source)) as live, closing(sqlite3.connect(partial)) as copy:
                with _reading(source):
                    # One snapshot for all steps: without it, each write to the source would start
                    # the copy over. In WAL mode a reader holds no writer up.
                    live.execute("BEGIN")
                    live.execute("SELECT count(*) FROM sqlite_master").fetchone()
                copy.execute("PRAGMA synchronous = OFF")  # it is synced as a whole below
                with _reading(source):
                    live.backup(copy, pages=PAGES, progress=lambda *_: time.sleep(pause))
                    copy.execute("PRAGMA journal_mode = DELETE")
                    rows = _checked(copy, source)
                    if rows != _rows(live):
                        raise DatabaseError(f"the copy of {source} lacks rows. Try again.")
            _sync(partial)
            yield partial, rows
        finally:
            for ending in ("", *_BESIDE):
                partial.with_name(partial.name + ending).unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection:
    # Mode rw, because plain `connect` would create a missing file.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)


def _checked(copy: sqlite3.Connection, source: Path) -> dict[str, int]:
    problems = [str(row[0]) for row in copy.execute("PRAGMA quick_check(3)")]
    if problems != ["ok"]:
        raise NotADatabase(
            f"{source} is damaged ({'; '.join(problems)}). No copy was kept, and nothing was "
            "changed. Restore an older backup."
        )
    return _rows(copy)


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' ORDER BY name"
    ).fetchall()
    counts = {}
    for (table,) in tables:
        quoted = table.replace('"', '""')
        counts[table] = int(database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
    return counts


def _refuse_if_open(target: Path) -> None:
    """Raise DatabaseError where a process has `target` open: it would write to the renamed file."""
    if not target.exists() or target.stat().st_size == 0:
        return  # SQLite would throw away the log beside an empty file, which may be worth keeping
    try:
        with closing(_open(target)) as old:
            old.execute("PRAGMA busy_timeout = 1000")
            # SQLite leaves WAL mode only for a connection that is the only one.
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorname or "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise DatabaseError(
                f"{target} is in use and was left as it is. Stop the app, then restore."
            ) from error
        # Any other error means a damaged file, which may be replaced.


def _aside(target: Path) -> Path:
    stamp = _now()
    while (path := target.with_name(f"{target.name}.replaced-{stamp:{_STAMP}}")).exists():
        stamp += timedelta(seconds=1)
    return path


def _now() -> datetime:
    return datetime.now(UTC)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorname or "").startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            raise NotADatabase(
                f"{source} is not a readable SQLite database ({error}). It was left as it is. "
                "Restore an older backup, or name another file."
            ) from error
        if (error.sqlite_errorname or "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise DatabaseError(
                f"{source} is locked by another program ({error}). Try again when that is done."
            ) from error
        raise


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        raise NotWritable(
            f"{folder}: no copy of the database could be written there ({error}). Nothing was "
            "half-stored. Check that the folder is writable and the disk has space."
        ) from error
