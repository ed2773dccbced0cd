"""What a rater does, in a real Chromium, checked in the database."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from annotations import records
from backend.database import Database
from backend.pool import DialogueFilter, Pool
from tests.browser.rater import Rater
from tests.browser.serving import NARROW, Server, settled

pytestmark = pytest.mark.browser


def judgments(database: Database) -> int:
    return len(database.rows("SELECT 1 FROM judgments"))


def submissions(database: Database) -> int:
    return len(database.rows("SELECT 1 FROM submissions"))


def test_a_whole_study_leads_from_consent_to_the_code(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    titles = rater.finish()
    assert len(titles) == 12
    assert {title.split("\n")[0] for title in titles} == {
        "Person or simulator?",
        "Which seeker is the person?",
        "How did the seeker do?",
        "Which one is better?",
        "Ask for a film",
        "Recommend a film",
    }
    expect(page.get_by_text("DEMO-COMPLETE")).to_be_visible()
    assert submissions(stored) == 12
    chats = Pool(stored).frame(DialogueFilter(corpus=("chats",)))
    assert sorted(zip(chats["seeker_origin"], chats["recommender_origin"], strict=True)) == [
        ("human", "simulated"),
        ("simulated", "human"),
    ]
    answered = records.judgments(stored, "demo")
    assert set(answered["task"]) == {
        "identify", "compare", "rate", "prefer", "chat_as_seeker", "chat_as_recommender",
    }  # fmt: skip


def test_declining_stores_nothing(server: Server, page: Page, stored: Database) -> None:
    rater = Rater(page, server.url)
    rater.press("No, thank you")
    expect(page.get_by_text("Nothing about you was kept")).to_be_visible()
    assert stored.rows("SELECT 1 FROM raters") == []


def test_a_reload_resumes_at_the_same_task_with_the_same_answers(
    server: Server, page: Page, browser: Browser
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    rater.answer("2")
    rater.send()
    page.keyboard.press("2")
    chosen = page.get_by_role("button", name=re.compile("A simulator"))
    expect(chosen).to_have_attribute("kind", "primary")
    position = rater.position
    messages = page.get_by_test_id("stChatMessage").all_inner_texts()
    elsewhere = browser.new_context().new_page()
    for window in (page, elsewhere):
        window.goto(page.url)
        settled(window)
        expect(window.get_by_text(re.compile(f"^{position} "))).to_be_visible()
        assert window.get_by_test_id("stChatMessage").all_inner_texts() == messages
        expect(window.get_by_role("button", name=re.compile("A simulator"))).to_have_attribute(
            "kind", "primary"
        )
    elsewhere.context.close()


def test_a_killed_server_loses_no_acknowledged_judgment(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    for _ in range(2):
        rater.answer()
        rater.send()
    held = judgments(stored)
    page.keyboard.press("1")
    expect(page.get_by_role("button", name=re.compile("A person"))).to_have_attribute(
        "kind", "primary"
    )
    server.kill()
    server.start()
    page.goto(page.url)
    settled(page)
    assert judgments(stored) == held
    assert rater.position == "3 of 12"
    expect(page.get_by_role("button", name=re.compile("A person"))).to_have_attribute(
        "kind", "primary"
    )
    rater.answer()
    rater.send()
    assert submissions(stored) == 3


def test_an_old_page_goes_on_after_the_server_came_back(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    rater.answer()
    server.kill()
    server.start()
    expect(page.get_by_text("2 of 12")).to_have_count(0)
    rater.send_through(lambda: submissions(stored) > 0)
    expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    assert submissions(stored) == 1


def test_a_double_click_stores_one_submission(server: Server, page: Page, stored: Database) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    rater.answer()
    page.get_by_role("button", name=re.compile("^Send and go on")).dblclick()
    expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    settled(page)
    assert submissions(stored) == 1
    assert len(stored.rows("SELECT 1 FROM assignments WHERE state = 'done'")) == 1


def test_one_step_back_corrects_and_keeps_both_revisions(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    rater.answer("1")
    rater.send()
    rater.press("Change my last answer")
    expect(page.get_by_role("button", name=re.compile("A person"))).to_have_attribute(
        "kind", "primary"
    )
    rater.press("A simulator")
    page.get_by_role("button", name=re.compile("^Save the change")).click()
    expect(page.get_by_text(re.compile("^2 of 12"))).to_be_visible()
    verdicts = stored.rows(
        "SELECT text, revision FROM judgments JOIN submissions ON key = submission "
        "WHERE question = 'verdict' ORDER BY revision"
    )
    assert verdicts == [{"text": "human", "revision": 1}, {"text": "simulated", "revision": 2}]
    now = records.judgments(stored, "demo")
    assert now.loc[now["question"] == "verdict", "value"].tolist() == ["simulated"]


def test_an_open_question_is_asked_for_and_nothing_is_lost(
    server: Server, page: Page, stored: Database
) -> None:
    rater = Rater(page, server.url)
    rater.begin()
    page.keyboard.press("1")
    expect(page.get_by_role("button", name=re.compile("A person"))).to_have_attribute(
        "kind", "primary"
    )
    page.get_by_role("button", name=re.compile("^Send and go on")).click()
    expect(page.get_by_text("Please answer: How sure are you?")).to_be_visible()
    assert submissions(stored) == 0
    expect(page.get_by_role("button", name=re.compile("A person"))).to_have_attribute(
        "kind", "primary"
    )


def test_what_the_browser_receives_names_no_system(
    server: Server, page: Page, stored: Database
) -> None:
    received: list[bytes] = []

    def listen(payload: str | bytes) -> None:
        received.append(payload if isinstance(payload, bytes) else payload.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", listen))
    rater = Rater(page, server.url)
    rater.begin()
    rater.finish()
    everything = b"".join(received)
    assert b"Person or simulator" in everything, "the frames were not read"
    frame = Pool(stored).frame()
    secrets = {
        *frame["seeker_system"].dropna(),
        *frame["recommender_system"].dropna(),
        "authored",
        "agenda+critiquing",
        "seeker_origin",
    }
    assert len(secrets) >= 5
    assert [secret for secret in secrets if secret.encode() in everything] == []


def test_a_study_fits_a_phone(server: Server, browser: Browser) -> None:
    page = browser.new_context(viewport=NARROW).new_page()
    rater = Rater(page, server.url)
    rater.begin()
    for _ in range(8):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], f"{rater.title} is {width} px wide"
        rater.answer()
        rater.send()
    page.context.close()


def test_a_wrong_link_says_so(shown: Server, page: Page) -> None:
    page.goto(f"{shown.url}/?study=nowhere")
    expect(page.get_by_text("This link leads nowhere")).to_be_visible()
