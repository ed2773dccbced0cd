"""Reloads, tabs, the Back button and a translating browser: what is stored is what was shown."""

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.database import Database
from backend.pool import Pool
from tests.browser.rater import Rater
from tests.browser.serving import Server, settled

pytestmark = pytest.mark.browser

#: What a translation does to a page: each text node is replaced by an element of its own.
TRANSLATE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    if (!node.nodeValue.trim() || ['SCRIPT', 'STYLE'].includes(node.parentNode.nodeName)) continue;
    const translated = document.createElement('font');
    translated.textContent = node.nodeValue;
    node.parentNode.replaceChild(translated, node);
  }
}"""


def open_unit(stored: Database) -> list[str]:
    """The messages of the dialogue that the only rater has before them."""
    (row,) = stored.rows("SELECT unit FROM assignments WHERE state = 'open'")
    return [turn.text for turn in Pool(stored).get(str(row["unit"])).turns]


def test_a_translated_page_shows_the_dialogue_that_is_judged(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    for _ in range(2):
        page.evaluate(TRANSLATE)
        rater.answer()
        rater.send()
        messages = page.locator('[data-testid="stChatMessage"] [data-testid="stText"]')
        expect(messages.first).to_be_visible()
        assert messages.all_inner_texts() == open_unit(stored)


def test_the_back_button_leads_back_into_the_study(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    page.go_back()
    settled(page)
    expect(rater.progress_text).to_be_visible()
    assert len(stored.rows("SELECT 1 FROM raters")) == 1


def test_time_on_screen_goes_on_after_a_reload(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    with stored.writing() as db:
        db.conn.execute("UPDATE assignments SET claimed_at = claimed_at - 30")
    page.reload()
    settled(page)
    rater.answer()
    rater.send()
    (row,) = stored.rows("SELECT seconds FROM submissions")
    assert row["seconds"] >= 30


def test_another_answer_from_a_second_tab_is_not_said_to_be_saved(
    server: Server, page: Page, browser: Browser, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    other = browser.new_context().new_page()
    other.goto(page.url)
    settled(other)
    rater.answer("1")
    rater.send()
    other.keyboard.press("2")
    settled(other)
    other.locator("[class*='-send'] button").click()
    expect(other.get_by_text("changed in another window")).to_be_visible()
    (row,) = stored.rows("SELECT text FROM judgments WHERE question = 'verdict'")
    assert row["text"] == "human"
    other.context.close()
