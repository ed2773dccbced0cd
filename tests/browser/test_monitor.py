"""The Monitor in a real Chromium: its numbers, and a hostile report that stays text."""

import pytest
from playwright.sync_api import Page, expect

from annotations import journey, records
from annotations.crowd import staff
from annotations.crowd.reports import reports
from annotations.rehearse import rehearse
from annotations.study import load
from backend.database import Database
from tests.browser.serving import NARROW, WIDE, Server, settled, unfold

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://evil.example/x.png) $x$ :red[x]"


def test_a_researcher_watches_a_crowd_and_settles_a_hostile_report(
    server: Server, page: Page, stored: Database
) -> None:
    study = load("demo")
    done = rehearse(stored, study, raters=12, seed=1)
    rater = f"demo-{done.crowd}-3"
    first = stored.row("SELECT min(id) AS id FROM assignments WHERE rater = ?", [rater])
    assert first is not None
    journey.report(stored, study, rater, HOSTILE, first["id"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))

    page.goto(f"{server.url}/monitor")
    settled(page)
    expect(page.get_by_text("Nobody has agreed to take part yet").first).to_be_visible()
    expect(page.get_by_text("Nothing yet: nobody has judged it yet.").first).to_be_visible()

    page.get_by_role("combobox", name="Crowd").click()
    page.get_by_role("option", name=done.crowd).click()
    report = page.locator("[class*='st-key-report-']")
    expect(report).to_be_visible()
    settled(page)
    units = records.progress(stored, "demo", done.crowd)
    metrics = {"Raters": "12", "Finished": "12", "At it now": "0", "Open reports": "1"}
    judged = f"{units['done'].sum():,} of {units['wanted'].sum():,}"
    for name, value in {**metrics, "Screens judged": judged}.items():
        metric = page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True))
        expect(metric.get_by_test_id("stMetricValue")).to_have_text(value)
    expect(page.get_by_text("simulated raters: their clock says nothing of people")).to_be_visible()

    expect(report.get_by_text(HOSTILE)).to_be_visible()
    expect(report.locator("img")).to_have_count(0)
    unfold(report, "What they had before them")
    expect(report.get_by_test_id("stChatMessage").first).to_be_visible()
    settled(page)
    for viewport, name in ((WIDE, "wide"), (NARROW, "narrow")):
        page.set_viewport_size(viewport)
        settled(page)
        expect(report.get_by_text(HOSTILE)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
    page.set_viewport_size(WIDE)

    report.get_by_role("button", name="Settled").click()
    expect(page.get_by_text("0 open, 1 settled")).to_be_visible()
    expect(report).to_have_count(0)
    (one,) = reports(stored, study, done.crowd)
    assert one.settled_by
    assert staff.audit(stored, "demo").loc[0, "action"] == "settle report"
    assert not [url for url in asked if "evil.example" in url]
