"""When the disk refuses: the rater keeps their answer on screen, is told, and can try again."""

import re
import resource

import pytest
from playwright.sync_api import Page, expect

from backend.database import Database
from tests.browser.rater import Rater
from tests.browser.serving import Server, settled

pytestmark = pytest.mark.browser

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_a_full_disk_costs_a_rater_nothing(server: Server, page: Page, stored: Database) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    rater.answer("2")
    # The system refuses every further byte to the server's process, as a full disk would.
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    send = page.get_by_role("button", name=re.compile("^Send and go on"))
    send.click()
    expect(page.get_by_text("could not be stored just now")).to_be_visible()
    settled(page)
    for chosen in ("A simulator", "2"):
        expect(page.get_by_role("button", name=re.compile(chosen)).first).to_have_attribute(
            "kind", "primary"
        )
    assert stored.rows("SELECT 1 FROM submissions") == []
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    send.click()
    expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    assert len(stored.rows("SELECT 1 FROM submissions")) == 1


def test_a_newcomer_at_a_full_disk_is_told_and_can_try_again(
    server: Server, page: Page, stored: Database
) -> None:
    page.goto(f"{server.url}/?study=demo")
    settled(page)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_text("Something went wrong on our side")).to_be_visible()
    assert stored.rows("SELECT 1 FROM consents") == []
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    page.get_by_role("button", name="Try again").click()
    settled(page)
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_role("heading", name="What you will do")).to_be_visible()
