"""A three-party game between two Chromium windows and a simulator, and one that breaks off."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotations import records
from annotations.setup import open_database, set_up
from annotations.study import parse
from backend.database import Database
from backend.pool import DialogueFilter, Pool
from tests.browser.rater import answer
from tests.browser.serving import NARROW, Server, settled

pytestmark = pytest.mark.browser

LIVE = """
name: live
title: Who is a person?
consent: {version: "1", text: "Do you agree?"}
instructions: Talk and decide.
tasks:
  - kind: interrogate
    id: game
    title: One of them is a person
    parties: 3
    judge_plays: recommender
    units_per_rater: 1
    judgments_per_unit: 20
    minutes: 10
    lobby_seconds: 60
    min_messages: 2
    partners: [{simulator: agenda}]
    briefs: [{summary: Something funny from the nineties, attributes: {genre: comedy}}]
completion: {code: LIVE-DONE}
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "live.db"
    database = open_database(path)
    set_up(database, parse(LIVE))
    database.close()
    with Server(path) as server:
        yield server


@pytest.fixture
def windows(browser: Browser, live: Server) -> Iterator[tuple[Page, Page]]:
    """Two people who have come as far as the table: the judge first, then the witness."""
    contexts = [browser.new_context(), browser.new_context(viewport=NARROW)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(30_000)
        page.goto(f"{live.url}/?study=live")
        settled(page)
        page.get_by_role("button", name="I agree").click()
        page.get_by_role("button", name="Start").click()
        if page is pages[0]:
            expect(page.get_by_text("Looking for a partner")).to_be_visible()
    for page in pages:
        told = page.get_by_text(re.compile("^(One of the two is|Somebody is finding out)"))
        expect(told).to_be_visible(timeout=60_000)
    judge = next(page for page in pages if page.get_by_text("One of the two is").count())
    witness = next(page for page in pages if page is not judge)
    yield judge, witness
    for context in contexts:
        context.close()


def write(page: Page, text: str, number: int = 0) -> None:
    """Say something as soon as it can be said; nothing to a partner who has said goodbye."""
    area = page.get_by_test_id("stChatInputTextArea").nth(number)
    settled_on = area.and_(page.locator(":enabled, [placeholder='The chat is over']"))
    expect(settled_on).to_have_count(1, timeout=90_000)
    if area.is_disabled():
        return
    area.fill(text)
    area.press("Enter")
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_three_parties_play_to_their_verdicts(
    live: Server, windows: tuple[Page, Page], tmp_path: Path
) -> None:
    judge, witness = windows
    expect(judge.get_by_text("You are the Recommender")).to_be_visible()
    expect(witness.get_by_text("Something funny from the nineties")).to_be_visible()
    write(witness, "hey, anything funny from the 90s?")
    expect(judge.get_by_text("hey, anything funny from the 90s?")).to_be_visible()
    for text in ("have you seen Groundhog Day?", "or maybe Clueless?"):
        for number in (0, 1):
            write(judge, f"{text} ({number + 1})", number)
        if text.startswith("have"):
            expect(witness.get_by_text(text)).to_be_visible()
            write(witness, "seen it, something else")
    judge.get_by_role("button", name="I know enough").click()
    for page in (judge, witness):
        expect(page.get_by_text("The conversation is over.")).to_be_visible(timeout=30_000)
        page.screenshot(path=tmp_path / "verdict.png")
    judge.get_by_role("button", name=re.compile("^A")).click()
    witness.get_by_role("button", name=re.compile("Yes, for a person")).click()
    for page in (judge, witness):
        answer(page, "4")
        page.get_by_role("button", name="Send and go on").click()
        expect(page.get_by_text("LIVE-DONE")).to_be_visible()
    with _opened(live) as database:
        judged = records.judgments(database, "live")
        assert set(judged["question"]) == {"verdict", "taken_for", "confidence"}
        kept = Pool(database).frame(DialogueFilter(corpus=("games",)))
        assert sorted(kept["seeker_origin"]) == ["human", "simulated"]


def test_a_partner_who_closes_the_window_is_noticed_and_nothing_is_lost(
    live: Server, windows: tuple[Page, Page]
) -> None:
    judge, witness = windows
    write(witness, "hello there")
    for number in (0, 1):
        write(judge, f"what would you like? ({number + 1})", number)
    witness.close()
    expect(judge.get_by_text("The conversation is over.")).to_be_visible(timeout=60_000)
    judge.get_by_role("button", name=re.compile("^B")).click()
    answer(judge, "3")
    judge.get_by_role("button", name="Send and go on").click()
    expect(judge.get_by_text("LIVE-DONE")).to_be_visible()
    with _opened(live) as database:
        assert database.rows("SELECT reason FROM games") == [{"reason": "left"}]
        assert len(records.judgments(database, "live")) == 2


def _opened(server: Server) -> "_Open":
    return _Open(server)


class _Open:
    """The database behind the server while a block lasts."""

    def __init__(self, server: Server) -> None:
        self.path = server.database

    def __enter__(self) -> Database:
        self.database = open_database(self.path)
        return self.database

    def __exit__(self, *_: object) -> None:
        self.database.close()
