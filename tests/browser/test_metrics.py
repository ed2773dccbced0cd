"""Metrics beside people and realism three ways, as a researcher meets them in Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotations.rehearse import rehearse
from annotations.setup import open_database, set_up
from annotations.study import load
from backend import demo
from backend.catalogue import Catalogue
from backend.dialogue import Origin, Role
from backend.metrics import metric
from backend.metrics.encoder import Encoder
from backend.metrics.scoring import score_into
from backend.pool import DialogueFilter, Entry, Pool
from backend.realism.compare import compare
from tests.backend.realism.test_realism import person
from tests.browser.serving import NARROW, Server, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo study, rehearsed and scored, and one comparison of two sets."""
    path = tmp_path_factory.mktemp("judged") / "judged.db"
    database = open_database(path)
    pool = Pool(database)
    demo.fill(pool)
    set_up(database, load("demo"))
    rehearse(database, load("demo"), raters=20, seed=1)
    for name in ("length", "distinct"):
        score_into(pool, metric(name))
    real = [person(seed) for seed in range(30)]
    odd = [person(seed, strange=0.8, system="odd") for seed in range(30)]
    pool.add(Entry(dialogue=d) for d in [*real, *odd])
    found = compare(real, odd, catalogue=Catalogue.load(), encoder=Encoder.named())
    people = DialogueFilter(seeker_origin=(Origin.HUMAN,))
    simulated = DialogueFilter(seeker_system=("odd",))
    pool.keep_realism("odd seekers", Role.SEEKER, people, simulated, found.as_json())
    database.close()
    with Server(path) as server:
        yield server


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option).first.click()
    settled(page)


def test_metrics_stand_beside_people_and_a_point_opens_its_dialogue(
    judged: Server, page: Page
) -> None:
    page.goto(f"{judged.url}/metrics")
    expect(page.get_by_role("heading", name="People and metrics")).to_be_visible()
    choose(page, "People", "Labels that came with corpora")
    expect(page.get_by_text("No corpus in the pool came with human labels")).to_be_visible()
    choose(page, "People", "demo")
    choose(page, "Crowd", "rehearsal-1")
    expect(page.get_by_text("these raters are simulated")).to_be_visible()
    expect(page.get_by_text("Demo material")).to_be_visible()
    caption = page.get_by_text("adjusted for picking the best of this table")
    expect(caption).to_be_visible(timeout=30_000)
    settled(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.locator(".js-plotly-plot").last.locator(".point").first.click(force=True)
    expect(page.get_by_text("Provenance", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_nobody_has_judged_yet(judged: Server, page: Page) -> None:
    page.goto(f"{judged.url}/metrics")  # begins with the study, as no corpus brought labels
    expect(page.get_by_text("Nobody has answered this yet.")).to_be_visible(timeout=30_000)


def test_realism_is_shown_three_ways_with_examples(judged: Server, page: Page) -> None:
    page.goto(f"{judged.url}/realism")
    for heading in ("Raters", "A trained discriminator", "An ensemble of classifiers"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=30_000)
    expect(page.get_by_text("these raters have not judged this set")).to_be_visible()
    expect(page.get_by_text("30 real and 30 simulated dialogues")).to_be_visible()
    expect(page.get_by_text("Coverage of act × topic × sentiment")).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_pages_fit_a_phone(judged: Server, page: Page) -> None:
    page.set_viewport_size(NARROW)
    for path in ("metrics", "realism"):
        page.goto(f"{judged.url}/{path}")
        expect(page.locator("h1")).to_be_visible()
        settled(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], path


def test_an_empty_pool_says_what_to_do(tmp_path: Path, page: Page) -> None:
    path = tmp_path / "empty.db"
    open_database(path).close()
    with Server(path) as server:
        page.goto(f"{server.url}/realism")
        expect(page.get_by_text("python -m backend realism")).to_be_visible()
        page.goto(f"{server.url}/metrics")
        expect(page.get_by_text("No corpus in the pool came with human labels")).to_be_visible()
