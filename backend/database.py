"""The SQLite file: one writer, pooled readers, migrations, transactions, and its errors.

DatabaseError
├── NewerSchema       written by a newer version of this program
├── NotADatabase      corrupt, or not SQLite at all
└── NotWritable       read-only file or full disk; the transaction was rolled back
"""

import os
import queue
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlite_utils
from sqlite_utils.migrations import Migrations

#: Where the app keeps its data unless `UNCANNY_DB` or `--db` says otherwise.
DEFAULT_PATH = Path("uncanny.db")

#: Seconds a write waits for another process's transaction before it gives up.
BUSY_TIMEOUT = 30.0

#: Writers that may share one commit; bounds how long another process waits for its turn.
GROUP = 32

Parameters = Sequence[Any] | Mapping[str, Any]


class DatabaseError(Exception):
    """Something is wrong with the database file; the message says what and what to do."""


class NewerSchema(DatabaseError):
    """The file holds migrations this version does not know."""


class NotADatabase(DatabaseError):
    """The file is corrupt or no SQLite database."""


class NotWritable(DatabaseError):
    """The file or disk refuses writes. What was acknowledged earlier is still there."""


def default_path() -> Path:
    """The database path from `UNCANNY_DB`, or the default in the working directory."""
    return Path(os.environ.get("UNCANNY_DB") or DEFAULT_PATH)


class Database:
    """One SQLite file, safe to share between threads and between processes.

    All writes of a process go through one connection under a lock, every transaction begun
    with BEGIN IMMEDIATE: a deferred begin fails under contention once it has read. Commits are
    WAL with synchronous=FULL, so that an acknowledged judgment survives a power cut.
    Migration sets are appended to, never edited.

    Raises: NewerSchema, NotADatabase, NotWritable.
    """

    def __init__(self, path: Path | str, *migrations: Migrations) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._depth = 0  # how deep the thread that has the lock is in `writing`
        self._counting = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self._readers: queue.LifoQueue[sqlite_utils.Database] = queue.LifoQueue()
        with self._translated():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
        try:
            with self._translated():
                mode = self._writer.conn.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                if mode != "wal":
                    raise NotWritable(f"{self.path}: this file system refuses SQLite's WAL mode")
                for known in migrations:
                    self._migrate(known)
        except BaseException:
            self._writer.conn.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[sqlite_utils.Database]:
        """One write transaction: durable when the block has been left, rolled back on any error.

        Nested calls in one thread become savepoints of the outer one. Threads that wait for their
        turn share a commit (group commit): each is a savepoint, and none returns before the commit
        that holds its work is on disk. An error takes back the work of its own thread alone.
        """
        with self._translated():
            with self._turn() as nested:
                if nested:
                    with self._writer.atomic():
                        yield self._writer
                    return
                group = self._join()
                try:
                    if group.members:
                        with self._writer.atomic():
                            yield self._writer
                    else:
                        yield self._writer
                except BaseException as error:
                    self._leave(group, error)
                    raise
                group.members += 1
                if not self._waiting or group.members >= GROUP:
                    self._commit(group)
            self._await(group)

    @contextmanager
    def reading(self) -> Iterator[sqlite_utils.Database]:
        """A read-only connection of this thread's own while the block lasts."""
        with self._translated():
            try:
                reader = self._readers.get_nowait()
            except queue.Empty:
                reader = self._connect()
                reader.conn.execute("PRAGMA query_only = ON")
            try:
                yield reader
            finally:
                self._readers.put(reader)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """All rows of a query, as dicts."""
        with self.reading() as db:
            cursor = db.conn.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, parameters: Parameters = ()) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """All rows of a query, as a data frame with the query's columns even when empty."""
        with self.reading() as db:
            cursor = db.conn.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return pd.DataFrame.from_records(cursor.fetchall(), columns=names)

    def settle(self) -> None:
        """Fold the write-ahead log into the file, so that what was erased is in neither."""
        with self._translated(), self._lock:
            self._writer.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            self._writer.conn.close()
        while not self._readers.empty():
            self._readers.get_nowait().conn.close()

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """The writer, to one thread at a time; yields whether this thread has it already."""
        with self._counting:
            self._waiting += 1
        self._lock.acquire()
        with self._counting:
            self._waiting -= 1
        self._depth += 1
        try:
            yield self._depth > 1
        finally:
            self._depth -= 1
            self._lock.release()

    def _join(self) -> "_Group":
        if self._group is None:
            self._writer.conn.execute("BEGIN IMMEDIATE")
            self._group = _Group()
        return self._group

    def _leave(self, group: "_Group", error: BaseException) -> None:
        """After a failed block: keep what others have in the group, unless SQLite dropped it."""
        if not group.members or not self._writer.conn.in_transaction:
            self._writer.rollback()
            self._close(group, error)
        elif not self._waiting:
            self._commit(group)

    def _commit(self, group: "_Group") -> None:
        try:
            self._writer.conn.execute("COMMIT")
        except BaseException as error:
            self._writer.rollback()
            self._close(group, error)
        else:
            self._close(group, None)

    def _close(self, group: "_Group", error: BaseException | None) -> None:
        self._group = None
        group.error = error
        group.done.set()

    def _await(self, group: "_Group") -> None:
        """Return once the group's commit is on disk; raise where it failed."""
        while not group.done.wait(timeout=0.1):
            with self._lock:  # whoever was to commit after us never came
                if self._group is group:
                    self._commit(group)
        if group.error is not None:
            raise self._explained(group.error) from group.error

    def _connect(self) -> sqlite_utils.Database:
        # check_same_thread: the lock and the reader queue give each connection one user at a time.
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT, check_same_thread=False, isolation_level=None
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is erased because a rater withdrew is overwritten, not only unlinked.
        connection.execute("PRAGMA secure_delete = ON")
        # No plugins: what stands in a user's environment must not change what we store.
        return sqlite_utils.Database(connection, execute_plugins=False)

    def _migrate(self, known: Migrations) -> None:
        applied = {m.name for m in known.applied(self._writer)}
        ours = {m.name for m in known.pending(self._writer)}
        unknown = [m.name for m in known.applied(self._writer) if m.name not in _names_of(known)]
        if unknown:
            raise NewerSchema(
                f"{self.path} was written by a newer version of Uncanny "
                f"({known.name} schema has {', '.join(unknown)}, unknown here). "
                "Nothing was changed. Update Uncanny, or open another file with UNCANNY_DB."
            )
        if ours - applied:
            with self.writing() as db:
                known.apply(db)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, PermissionError) as error:
            explained = self._explained(error)
            if explained is error:
                raise
            raise explained from error

    def _explained(self, error: BaseException) -> BaseException:
        """The DatabaseError that says what is wrong with the file, or the error itself."""
        name = getattr(error, "sqlite_errorname", "") or ""
        refused = (
            "SQLITE_READONLY",
            "SQLITE_FULL",
            "SQLITE_CANTOPEN",
            "SQLITE_PERM",
            "SQLITE_IOERR",
        )
        if name.startswith(refused) or isinstance(error, PermissionError):
            return NotWritable(
                f"{self.path} can't be written ({error}). Nothing was half-stored. "
                "Check that the file and its folder are writable and the disk has space."
            )
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            return NotADatabase(
                f"{self.path} is not a readable SQLite database ({error}). It was left as it "
                "is. Restore a backup, or open another file with UNCANNY_DB."
            )
        return error


class _Group:
    """Writers that share a commit: how many so far, and how it ended."""

    def __init__(self) -> None:
        self.members = 0
        self.done = threading.Event()
        self.error: BaseException | None = None


def _names_of(known: Migrations) -> set[str]:
    empty = sqlite_utils.Database(memory=True, execute_plugins=False)
    return {m.name for m in known.pending(empty)}
