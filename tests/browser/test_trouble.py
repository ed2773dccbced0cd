"""When the disk refuses: the rater keeps their answer on screen, is told, and can try again."""

import re
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotations.setup import set_up
from annotations.study import parse
from backend.database import Database
from tests.browser.rater import Rater
from tests.browser.serving import Server, settled

pytestmark = pytest.mark.browser

GERMAN = """
name: deutsch
title: Fluss
language: de
consent: {version: "1", text: Machen Sie mit?}
instructions: Lesen Sie.
tasks:
  - kind: rate
    id: fluss
    title: Wie gut?
    units_per_rater: 2
    judgments_per_unit: 2
    dialogues: {corpus: [demo]}
    per_system: 2
    questions: [{id: fluss, kind: scale, text: Wie flüssig?}]
completion: {code: FERTIG}
"""

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

Refusing = Callable[[Server], AbstractContextManager[None]]


@contextmanager
def full(server: Server) -> Iterator[None]:
    """The system refuses every further byte to the server's process, as a full disk would."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, UNLIMITED)


@contextmanager
def read_only(server: Server) -> Iterator[None]:
    """The database's files can't be written any more, though the server has them open.

    A mode would not do: it holds for files that are opened later, and never for root.
    """
    # Not the index of the log ("-shm"): it is shared memory, and a process that may not write to
    # memory it has is ended by the kernel.
    files = [server.database, Path(f"{server.database}-wal")]
    _immutable("+i", files)
    try:
        yield
    finally:
        _immutable("-i", files)


def _immutable(change: str, files: list[Path]) -> None:
    done = subprocess.run(["chattr", change, *files], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"only root, on a file system like ext4, can make open files read-only: {done}")


@pytest.mark.parametrize("refusing", [full, read_only])
def test_a_disk_that_refuses_costs_a_rater_nothing(
    refusing: Refusing, server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    rater.answer("2")
    send = page.get_by_role("button", name=re.compile("^Send and go on"))
    with refusing(server):
        send.click()
        expect(page.get_by_text("could not be stored just now")).to_be_visible()
        settled(page)
        for chosen in ("A simulator", "2"):
            expect(page.get_by_role("button", name=re.compile(chosen)).first).to_have_attribute(
                "kind", "primary"
            )
        assert stored.rows("SELECT 1 FROM submissions") == []
    send.click()
    expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    assert len(stored.rows("SELECT 1 FROM submissions")) == 1


@pytest.mark.parametrize("refusing", [full, read_only])
def test_a_newcomer_at_a_disk_that_refuses_is_told_and_can_try_again(
    refusing: Refusing, server: Server, page: Page, stored: Database
) -> None:
    page.goto(f"{server.url}/?study=demo")
    settled(page)
    with refusing(server):
        page.get_by_role("button", name="I agree").click()
        expect(page.get_by_text("Something went wrong on our side")).to_be_visible()
        assert stored.rows("SELECT 1 FROM consents") == []
    page.get_by_role("button", name="Try again").click()
    settled(page)
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_role("heading", name="What you will do")).to_be_visible()


def test_an_error_nobody_foresaw_is_told_calmly_in_the_studys_language(
    server: Server, page: Page, stored: Database
) -> None:
    set_up(stored, parse(GERMAN))
    with stored.writing() as db:
        db.conn.execute("ALTER TABLE consents RENAME TO lost")
    for study, told in (
        ("demo", r"Something went wrong on our side.* this number: (\w{6})\."),
        ("deutsch", r"Bei uns ist etwas schiefgegangen.* diese Nummer: (\w{6})\."),
    ):
        page.goto(f"{server.url}/?study={study}")
        settled(page)
        page.locator(".st-key-agree button").click()
        number = re.search(told, page.get_by_role("alert").inner_text(), re.DOTALL)
        assert number
        assert f"Error {number[1]}" in server.database.with_suffix(".log").read_text()
        expect(page.get_by_text("consents")).to_have_count(0)
        expect(page.get_by_text("Traceback")).to_have_count(0)
