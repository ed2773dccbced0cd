"""The `demo` command: add the bundled demo dialogues to the pool."""

from backend.consoles import Db, opened, reported
from backend.demo import fill
from backend.pool import Pool


def demo(db: Db = None) -> None:
    """Put the bundled demo dialogues into the pool. Doing it again changes nothing."""
    with reported(), opened(db) as database:
        fill(Pool(database))
