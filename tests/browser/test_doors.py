"""Doors, endings and withdrawal, as a recruited rater meets them."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from annotations import doors
from annotations.setup import open_database, set_up
from annotations.study import parse
from backend.database import Database
from tests.annotations.studies import fill
from tests.browser.serving import Server, settled, unfold

pytestmark = pytest.mark.browser

PAID = """
name: paid
title: A paid study
recruitment: {door: prolific}
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
practice:
  - {task: rate, transcripts: [["seeker: hi", "recommender: hello"]], answer: human, why: so}
tasks:
  - kind: identify
    id: rate
    title: Person or simulator?
    units_per_rater: 1
    judgments_per_unit: 5
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 2
    confidence: false
    reason: false
about: [chatbot_use]
quality: {practice: {right: 1, tries: 1}}
completion:
  code: PAID-42
  url: "https://app.prolific.com/submissions/complete?cc={code}"
  screened_out: {code: OUT-7}
  declined: {code: NO-1}
"""

PID = {"PROLIFIC_PID": "5f" * 12, "STUDY_ID": "ab" * 12, "SESSION_ID": "cd" * 12}


@pytest.fixture
def paid(tmp_path: Path) -> Iterator[tuple[Server, Database]]:
    path = tmp_path / "paid.db"
    database = open_database(path)
    fill(database)
    set_up(database, parse(PAID))
    set_up(
        database,
        parse(PAID.replace("name: paid", "name: invited").replace("prolific}", "invite}", 1)),
    )
    with Server(path) as server:
        yield server, database
    database.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
    settled(page)


def open_menu(page: Page) -> None:
    """Unfold what is about the study, on a task's screen that stands."""
    expect(page.get_by_role("heading", name="Person or simulator?")).to_be_visible()
    settled(page)
    unfold(page, "About this study")
    expect(page.get_by_label("Something wrong with this screen?")).to_be_visible()


def link(server: Server, **changed: str) -> str:
    return f"{server.url}/?{urlencode({'study': 'paid', **PID, **changed})}"


def test_from_the_recruiters_link_to_the_way_back(
    paid: tuple[Server, Database], page: Page
) -> None:
    server, database = paid
    page.goto(link(server))
    settled(page)
    expect(page.get_by_text("Your Prolific id, in a scrambled form")).to_be_visible()
    press(page, "I agree")
    press(page, "Start")
    page.reload()
    settled(page)
    told = parse_qs(urlsplit(page.url).query)
    assert {name: told[name][0] for name in PID} == PID, "the parameters are gone"
    press(page, "A person")
    press(page, "Go on")
    page.get_by_text("Every week").click()
    settled(page)
    press(page, "Send and go on")
    expect(page.get_by_text("PAID-42")).to_have_count(0)
    press(page, "A simulator")
    press(page, "Send and go on")
    expect(page.get_by_text("PAID-42")).to_be_visible()
    assert len(database.rows("SELECT 1 FROM submissions")) == 1
    back = page.get_by_role("link", name="Back to app.prolific.com")
    expect(back).to_have_attribute(
        "href", "https://app.prolific.com/submissions/complete?cc=PAID-42"
    )
    assert database.rows("SELECT text FROM backgrounds") == [{"text": "weekly"}]


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"PROLIFIC_PID": ""}, "It lacks PROLIFIC_PID"), ({"STUDY_ID": "x"}, "Its STUDY_ID")],
)
def test_an_incomplete_link_is_refused_with_the_reason(
    paid: tuple[Server, Database], page: Page, changed: dict[str, str], told: str
) -> None:
    page.goto(link(paid[0], **changed))
    expect(page.get_by_text("This link can't open the study")).to_be_visible()
    expect(page.get_by_text(told)).to_be_visible()
    assert paid[1].rows("SELECT 1 FROM raters") == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("PROLIFIC_PID=5f", "PROLIFIC_PID=J%FCrgen", "Its PROLIFIC_PID has characters that can't"),
        ("SESSION_ID=", "SESSION_ID=7&SESSION_ID=", "It gives SESSION_ID twice"),
    ],
)
def test_a_link_that_could_be_two_peoples_is_refused_with_the_reason(
    paid: tuple[Server, Database], page: Page, right: str, wrong: str, told: str
) -> None:
    page.goto(link(paid[0]).replace(right, wrong))
    expect(page.get_by_text(told)).to_be_visible()
    assert paid[1].rows("SELECT 1 FROM raters") == []


def test_declining_shows_its_code_once_it_is_counted(
    paid: tuple[Server, Database], page: Page
) -> None:
    server, database = paid
    page.goto(link(server))
    settled(page)
    expect(page.get_by_text("NO-1")).to_have_count(0)
    press(page, "No, thank you")
    expect(page.get_by_text("NO-1")).to_be_visible()
    assert len(database.rows("SELECT 1 FROM refusals")) == 1
    assert database.rows("SELECT 1 FROM raters") == []


def test_not_passing_the_practice_shows_its_own_code(
    paid: tuple[Server, Database], page: Page
) -> None:
    page.goto(link(paid[0]))
    settled(page)
    for name in ("I agree", "Start", "A simulator", "Go on"):
        press(page, name)
    expect(page.get_by_text("OUT-7")).to_be_visible()
    expect(page.get_by_text("PAID-42")).to_have_count(0)


def test_a_rater_withdraws_by_their_own_link(paid: tuple[Server, Database], page: Page) -> None:
    server, database = paid
    page.goto(link(server))
    settled(page)
    for name in ("I agree", "Start", "A person", "Go on"):
        press(page, name)
    page.get_by_text("Every day").click()
    settled(page)
    press(page, "Send and go on")
    open_menu(page)
    own = page.get_by_test_id("stCode").first.inner_text().strip()
    elsewhere = page.context.new_page()
    elsewhere.goto(own)
    settled(elsewhere)
    open_menu(elsewhere)
    press(elsewhere, "Withdraw from the study")
    press(elsewhere, "Yes, delete my data")
    expect(elsewhere.get_by_text("You have withdrawn")).to_be_visible()
    # The page still open in the first window can store nothing any more.
    page.get_by_role("button", name=re.compile("^A simulator")).click()
    settled(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("You have withdrawn")).to_be_visible()
    for table in ("submissions", "backgrounds", "practice", "recruiter_ids"):
        assert database.rows(f"SELECT 1 FROM {table}") == [], table


def test_a_problem_is_reported_with_its_screen(paid: tuple[Server, Database], page: Page) -> None:
    server, database = paid
    (token,) = doors.invite(database, parse(PAID.replace("prolific}", "invite}", 1).replace(
        "name: paid", "name: invited")), 1, who="Ada")  # fmt: skip
    page.goto(f"{server.url}/?study=invited&invite={token}")
    settled(page)
    for name in ("I agree", "Start", "A person", "Go on"):
        press(page, name)
    page.get_by_text("Never", exact=True).click()
    settled(page)
    press(page, "Send and go on")
    open_menu(page)
    page.get_by_label("Something wrong with this screen?").fill("the text is cut off")
    press(page, "Report")
    expect(page.get_by_text("It has been passed on")).to_be_visible()
    (row,) = database.rows("SELECT text, assignment NOTNULL AS there FROM reports")
    assert row == {"text": "the text is cut off", "there": 1}
