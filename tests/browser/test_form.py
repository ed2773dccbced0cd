"""The questions of a screen in a real Chromium: number keys, and answers that are long."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotations.setup import open_database, set_up
from annotations.study import parse
from backend.database import Database
from tests.annotations.studies import fill
from tests.browser.rater import Rater
from tests.browser.serving import NARROW, Server, settled

pytestmark = pytest.mark.browser

SHARED = "The recommender asked what I like before it recommended anything, and later on it"

STUDY = f"""
name: keys
title: Keys and long answers
consent: {{version: "1", text: "Do you agree?"}}
instructions: Read and judge.
tasks:
  - kind: rate
    id: rate
    title: How natural?
    units_per_rater: 1
    judgments_per_unit: 9
    dialogues: {{corpus: [people]}}
    per_system: 1
    questions:
      - {{id: satisfied, kind: scale, text: How satisfied?, low: 0, high: 4}}
      - {{id: likely, kind: scale, text: How likely?, low: 0, high: 10}}
      - id: memory
        kind: choice
        text: What happened?
        options:
          kept: "{SHARED} remembered all of it"
          lost: "{SHARED} forgot most of it"
          neither: Neither
      - {{id: knew, kind: marks, text: Where did you notice?}}
completion: {{code: DONE}}
"""


@pytest.fixture
def asked(tmp_path: Path, page: Page) -> Iterator[tuple[Rater, Database]]:
    path = tmp_path / "keys.db"
    database = open_database(path)
    fill(database)
    set_up(database, parse(STUDY))
    with Server(path) as server:
        rater = Rater(page, server.url, "keys")
        rater.press("I agree")
        rater.press("Start")
        yield rater, database
    database.close()


def test_a_number_key_means_the_number_that_is_shown(asked: tuple[Rater, Database]) -> None:
    rater, database = asked
    for key in ("0", "9", "2"):
        sign = rater.page.get_by_label("keyboard icon")
        question = rater.page.locator("p", has=sign).inner_text()
        rater.page.keyboard.press(key)
        expect(rater.page.locator("p", has=sign).filter(has_text=question)).to_have_count(0)
        settled(rater.page)
    rater.page.keyboard.press("Control+Enter")
    expect(rater.page.get_by_role("heading", name="All done")).to_be_visible()
    stored = database.rows("SELECT question, number, text FROM judgments ORDER BY question")
    assert stored == [
        {"question": "likely", "number": 9.0, "text": None},
        {"question": "memory", "number": None, "text": "lost"},
        {"question": "satisfied", "number": 0.0, "text": None},
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_long_answers_are_shown_whole(asked: tuple[Rater, Database], narrow: bool) -> None:
    page = asked[0].page
    if narrow:
        page.set_viewport_size(NARROW)
    for ending in ("remembered all of it", "forgot most of it"):
        text = page.get_by_role("button", name=re.compile(ending)).locator("p")
        expect(text).to_be_visible()
        hidden = text.evaluate(
            "p => [p.scrollWidth - p.clientWidth, p.scrollHeight - p.clientHeight,"
            " p.getBoundingClientRect().right - document.documentElement.clientWidth,"
            " p.getBoundingClientRect().height - p.closest('button').clientHeight]"
        )
        assert max(hidden) <= 0, f"cut: {hidden}"
