"""What a researcher and a stakeholder do, in a real Chromium."""

import re
import socket
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from annotations import journey, records
from annotations.study import load
from backend.database import Database
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Turn
from backend.pool import Entry, Pool
from tests.browser.serving import NARROW, WIDE, Server, settled, unfold

pytestmark = pytest.mark.browser

HOSTILE = "<script>alert(1)</script> ![x](http://example.invalid/x.png) :red[red] $x^2$ **bold**"


def test_a_researcher_rehearses_a_study_and_reads_its_results(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/studies")
    settled(page)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    page.get_by_role("tab", name="Rehearse").click()
    page.get_by_role("button", name="Rehearse").click()
    expect(page.get_by_text(re.compile("screens judged by 30 simulated raters"))).to_be_visible(
        timeout=60_000
    )
    page.goto(f"{server.url}/results")
    settled(page)
    expect(page.get_by_text("Nobody has judged anything yet")).to_be_visible()
    page.get_by_role("combobox", name="Crowd").click()
    page.get_by_role("option", name="rehearsal-1").click()
    expect(page.get_by_role("heading", name="Can raters tell?")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("these raters are simulated")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    unfold(page, "Numbers and how they were made")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()


def test_a_study_file_with_a_mistake_is_refused_by_line(shown: Server, page: Page) -> None:
    page.goto(f"{shown.url}/studies")
    settled(page)
    unfold(page, "Load a study")
    page.get_by_role("tab", name="Your own file").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.yaml", "mimeType": "text/yaml", "buffer": b"name: mine\ntitel: Mine\n"}
    )
    page.get_by_role("button", name="Check and load it").click()
    expect(page.get_by_text("mine.yaml, line 2: titel: unknown key 'titel'")).to_be_visible()


def test_a_rater_set_aside_no_longer_counts(server: Server, page: Page, stored: Database) -> None:
    journey.join(stored, load("demo"), "a-rater-with-a-long-id")
    page.goto(f"{server.url}/studies")
    settled(page)
    page.get_by_role("tab", name="Raters").click()
    page.get_by_label("Reason (kept with the data)").fill("typed nonsense")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("Rater 1 is set aside")).to_be_visible()
    assert records.raters(stored, "demo")["excluded"].tolist() == [1]


def test_hostile_text_is_shown_as_text(server: Server, page: Page, stored: Database) -> None:
    author = Player(origin=Origin.AUTHORED)
    hostile = Dialogue(
        turns=(Turn(role=Role.SEEKER, text=HOSTILE),),
        seeker=author,
        recommender=author,
        provenance=Provenance(corpus="hostile", source_id="1", licence="MIT"),
    )
    Pool(stored).add([Entry(dialogue=hostile)])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(f"{server.url}/dialogues")
    settled(page)
    page.get_by_label("Corpus").click()
    page.get_by_role("option", name="hostile").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stChatMessage").get_by_text(HOSTILE)).to_be_visible()
    assert not [url for url in asked if "example.invalid" in url]


def test_from_another_address_only_raters_links_open(shown: Server, page: Page) -> None:
    address = "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address would be used
        address = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no address but its own loopback")
    elsewhere = f"http://{address}:{shown.port}"
    for path in ("", "studies", "dialogues"):
        page.goto(f"{elsewhere}/{path}")
        expect(page.get_by_role("heading", name="You need a link")).to_be_visible()
    page.goto(f"{elsewhere}/?study=demo")
    expect(page.get_by_role("button", name="I agree")).to_be_visible()


@pytest.mark.parametrize("path", ["", "studies", "results", "dialogues"])
def test_every_page_opens_without_an_error_wide_and_narrow(
    shown: Server, page: Page, path: str
) -> None:
    for viewport in (WIDE, NARROW):
        page.set_viewport_size(viewport)
        page.goto(f"{shown.url}/{path}")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
