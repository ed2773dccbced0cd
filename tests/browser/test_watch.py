"""Two simulators watched in a real Chromium: step, play, reveal, take over, change who they are."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotations.setup import open_database, set_up
from annotations.study import parse
from tests.browser.rater import Rater
from tests.browser.serving import NARROW, Server, copied, settled, unfold

pytestmark = pytest.mark.browser

DEAD = """
recommenders:
  far_away:
    simulator: zero_shot
    about: A server that is not there.
    settings:
      engine: endpoint
      model: nobody
      engine_settings: {base_url: "http://127.0.0.1:9/v1"}
"""

CHAT = """
name: lonely
title: A chat
consent: {version: "1", text: "Do you agree?"}
instructions: Chat.
tasks:
  - kind: chat
    id: chat
    title: Talk
    units_per_rater: 1
    judgments_per_unit: 9
    role: seeker
    partners: [{simulator: far_away}]
    briefs: [{summary: Something funny, attributes: {genre: comedy}}]
    questions:
      - {id: flow, kind: scale, text: Did it flow?}
completion: {code: DONE-42}
"""


def watch(page: Page, server: Server, query: str = "wish=7") -> None:
    page.goto(f"{server.url}/watch?{query}")
    # The first visit loads the models.
    expect(page.get_by_role("button", name="Step")).to_be_visible(timeout=60_000)
    settled(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    settled(page)


def step(page: Page, bubbles: int) -> None:
    """Take a step and wait for its turn: while it is being said, it has no acts yet."""
    press(page, "Step")
    said = page.get_by_test_id("stChatMessage")
    expect(said).to_have_count(bubbles)
    expect(said.last.locator(".stMarkdownBadge").first).to_be_visible(timeout=30_000)
    settled(page)


def test_a_talk_is_watched_step_by_step_with_acts_and_hidden_films(
    shown: Server, page: Page
) -> None:
    watch(page, shown)
    expect(page.get_by_text("It sees what was said, and nothing else.")).to_be_visible()
    for number in (1, 2, 3):
        step(page, number)
    said = page.get_by_test_id("stChatMessage").all_inner_texts()
    assert ["Seeker" in text for text in said] == [True, False, True]
    assert "greet" in said[0]
    expect(page.get_by_text("They meet the whole wish")).to_have_count(0)
    page.get_by_text("Reveal the hidden films").click()
    expect(page.get_by_text("They meet the whole wish")).to_be_visible()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(3)


def test_play_goes_on_by_itself_until_it_is_paused_or_over(shown: Server, page: Page) -> None:
    watch(page, shown)
    press_play = page.get_by_role("button", name="Play")
    press_play.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_test_id("stChatMessage")).not_to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    settled(page)
    stood = page.get_by_test_id("stChatMessage").count()
    expect(press_play).to_be_enabled()
    assert page.get_by_test_id("stChatMessage").count() == stood
    press_play.click()
    expect(page.get_by_text("The talk is over")).to_be_visible(timeout=90_000)
    expect(press_play).to_be_disabled()


def test_the_same_address_shows_the_same_talk(shown: Server, page: Page) -> None:
    texts = []
    for _ in range(2):
        watch(page, shown, "seeker=agenda&recommender=critiquing&wish=3")
        step(page, 1)
        step(page, 2)
        texts.append(page.get_by_test_id("stChatMessage").all_inner_texts())
    assert texts[0] == texts[1]


def test_either_side_can_be_taken_over(shown: Server, page: Page) -> None:
    watch(page, shown)
    page.get_by_text("I am the seeker").click()
    settled(page)
    expect(page.get_by_role("button", name="Step")).to_be_disabled()
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("I want <b>a scary movie</b> please")
    box.press("Enter")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    expect(page.get_by_text("<b>a scary movie</b>").first).to_be_visible()


def test_who_it_is_can_be_changed_in_mid_talk(shown: Server, page: Page) -> None:
    watch(page, shown)
    step(page, 1)
    step(page, 2)
    unfold(page, "Who it is")
    page.get_by_role("radio", name="request", exact=True).first.click()
    settled(page)
    step(page, 3)
    assert "request" in page.get_by_test_id("stChatMessage").last.inner_text()


def test_a_phone_shows_the_talk_before_the_panels(shown: Server, page: Page) -> None:
    page.set_viewport_size(NARROW)
    watch(page, shown)
    step(page, 1)
    bubble = page.get_by_test_id("stChatMessage").first.bounding_box()
    panel = page.get_by_role("heading", name="What the seeker sees").bounding_box()
    assert bubble
    assert panel
    assert bubble["y"] < panel["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def far_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "systems.yaml"
    path.write_text(DEAD)
    monkeypatch.setenv("UNCANNY_SYSTEMS", str(path))


@pytest.mark.usefixtures("far_away")
def test_a_model_that_is_not_there_is_said_plainly_and_nothing_is_lost(
    demo_file: Path, tmp_path: Path, page: Page
) -> None:
    with Server(copied(demo_file, tmp_path)) as server:
        watch(page, server, "seeker=agenda&recommender=far_away")
        step(page, 1)
        press(page, "Step")
        expect(page.get_by_text("gave no answer. What was said is kept")).to_be_visible()
        expect(page.get_by_text("is the server running?")).to_be_visible()


@pytest.mark.usefixtures("far_away")
def test_a_rater_whose_partner_fails_keeps_what_they_wrote_and_the_researcher_sees_why(
    demo_file: Path, tmp_path: Path, page: Page
) -> None:
    file = copied(demo_file, tmp_path)
    database = open_database(file)
    study = parse(CHAT, source="test")
    set_up(database, study)
    with Server(file) as server:
        rater = Rater(page, server.url, study.name)
        rater.press("I agree")
        rater.press("Start")
        box = page.get_by_test_id("stChatInputTextArea")
        box.fill("hello, anybody there?")
        box.press("Enter")
        expect(page.get_by_text("Your partner did not answer. Your message is kept")).to_be_visible(
            timeout=30_000
        )
        expect(page.get_by_text("nobody")).to_have_count(0)
        page.reload()
        expect(page.get_by_text("hello, anybody there?")).to_be_visible(timeout=30_000)
        page.goto(f"{server.url}/studies")
        settled(page)
        expect(page.get_by_text("a simulator had no answer in a chat")).to_be_visible()
    reasons = database.rows("SELECT reason FROM partner_failures")
    assert "is the server running?" in reasons[0]["reason"]
    database.close()
