"""Fixtures of the browser tests: a demo database, a server over it, a Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotations.setup import open_database, set_up
from annotations.study import load
from backend import demo
from backend.database import Database
from backend.pool import Pool
from tests.browser.serving import WIDE, Server, chromium, copied

#: A machine with other work is slow, not wrong: Playwright's own five seconds are too few there.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One more try, told aloud (RERUN), for who has a browser, a server and a clock to share."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo's dialogues and its study, judged by nobody."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database = open_database(path)
    demo.fill(Pool(database))
    set_up(database, load("demo"))
    database.close()
    return path


@pytest.fixture
def server(demo_file: Path, tmp_path: Path) -> Iterator[Server]:
    """The app over a fresh copy of the demo database."""
    with Server(copied(demo_file, tmp_path)) as running:
        yield running


@pytest.fixture(scope="module")
def shown(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same for all tests of a file that leave the database as it was."""
    with Server(copied(demo_file, tmp_path_factory.mktemp("shown"))) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window with a memory of its own."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.fixture
def stored(server: Server) -> Iterator[Database]:
    """The database behind the server, read beside it."""
    database = open_database(server.database)
    yield database
    database.close()
