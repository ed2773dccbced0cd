"""Start and stop of the server: timers for backups and deletion, and a clean shutdown."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from streamlit import config

from annotations.crowd import withdrawal
from backend import backups
from backend.database import Database, DatabaseError
from server.settings import Settings

_LOG = logging.getLogger(__name__)

#: Seconds between looks at what has outlived its retention period.
HOURLY = 3600.0


def lifespan(database: Database, settings: Settings) -> Callable[[Any], Any]:
    """The app's lifespan: timers run while it is served; at the end the log is folded in."""

    @asynccontextmanager
    async def living(_: Any) -> AsyncIterator[dict[str, Any]]:
        _collect_no_garbage_at_each_click()
        stop = threading.Event()
        keeper = threading.Thread(
            target=_keep, args=(database, stop), name="retention", daemon=True
        )
        keeper.start()
        timer = None
        if settings.backups:
            timer = backups.every(
                settings.backup_minutes * 60, database.path, settings.backups, keep=settings.keep
            )
        try:
            yield {}
        finally:
            stop.set()
            if timer:
                timer.stop.set()
                timer.join(30)
            try:
                database.settle()
            except DatabaseError as error:
                _LOG.warning("The write-ahead log could not be folded in: %s", error)
            database.close()

    return living


def _collect_no_garbage_at_each_click() -> None:
    """Leave garbage to Python's own thresholds, unless the operator has said otherwise.

    Streamlit walks through all objects of the process after every script run, with the
    interpreter locked. With PyTorch and pandas in it, that was three quarters of a run
    (`python -m tests.load --raters 1 --think 0`: a submit took 211 ms with it, 50 ms without).
    """
    option = "runner.postScriptGC"
    if not config.is_manually_set(option):
        config.set_option(option, False)


def _keep(database: Database, stop: threading.Event) -> None:
    while True:
        try:
            gone = withdrawal.keep_no_longer(database)
            if any(gone.values()):
                _LOG.info("Deleted after their retention period: %s", gone)
        except DatabaseError as error:
            _LOG.warning("Retention periods could not be looked at: %s", error)
        if stop.wait(HOURLY):
            return
