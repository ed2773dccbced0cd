"""Every rater page is for everyone: axe finds nothing grave, a keyboard is enough, a phone fits."""

import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import everyone
from tests.browser.rater import answer
from tests.browser.serving import NARROW, WIDE, Server, settled

pytestmark = pytest.mark.browser

#: axe-core itself (MPL-2.0), as the pinned package brings it: nothing is fetched.
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

GRAVE = ("serious", "critical")

#: (rule, selector) of findings in Streamlit's own markup that can't be mended from here, each
#: proven on a bare page below. None is left: what there was could be mended by colours.
KNOWN: tuple[tuple[str, str], ...] = ()

#: Streamlit's main area takes the focus (for the skip link, and so that arrow keys scroll it)
#: and draws no ring around the whole page. Proven on a bare page below.
RINGLESS = "main.stMain"

#: What a page with a transcript has to show on a phone without scrolling.
QUESTIONS = {
    "practice": "Who is the seeker?",
    "identify": "Who is the seeker?",
    "compare": "In which conversation is the seeker a person?",
    "rate": "How natural?",
    "prefer": "Which is more natural?",
    "questionnaire": " ⟷ ",
    "locate": "At which message does a simulator take over",
    "chat questions": "Did it flow?",
}

TOO_SMALL = """() => [...document.querySelectorAll('button, summary, [role=button], a[role]')]
    .filter(one => one.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .map(one => [one.innerText || one.getAttribute('aria-label'), one.getBoundingClientRect()])
    .filter(([name, box]) => box.width && (box.width < 24 || box.height < 24))
    .map(([name, box]) => `${name}: ${Math.round(box.width)} x ${Math.round(box.height)}`)"""

#: What still moves: transitions and animations that run for longer than a hundredth of a second.
#: Known: what opens under 'About this study' unfolds for 0.5 s. Streamlit's script moves it
#: (`Element.animate`, hence a bare Animation and not a CSSTransition), where no style reaches.
MOVING = """() => document.getAnimations()
    .filter(one => one.playState === 'running' && one.effect.getTiming().duration > 10)
    .filter(one => one.constructor !== Animation || !one.effect.target.closest('details'))
    .map(one => `${one.constructor.name} ${one.effect.getTiming().duration} ms `
        + one.effect.target.outerHTML.slice(0, 120))"""

#: The focused element, and whether anything tells it from an unfocused one: a ring on it or, for
#: fields, on one of the frames around it, or a frame in the primary colour (`config.toml`).
FOCUS = """async () => {
    const focused = document.activeElement;
    const frames = [focused];
    if (focused.matches('input, textarea'))
        for (let one = focused.parentElement; one && frames.length < 6; one = one.parentElement)
            frames.push(one);
    // Of these alone: what glides inside a closed section is not drawn, and never comes to an end.
    const gliding = frames.flatMap(one => one.getAnimations())
        .filter(one => one instanceof CSSTransition);
    await Promise.allSettled(gliding.map(one => one.finished));
    const ringed = frames.some(one => {
        const style = getComputedStyle(one);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
            || style.boxShadow !== 'none'
            || (one !== focused && parseFloat(style.borderTopWidth) > 0
                && style.borderTopColor === 'PRIMARY');
    });
    const box = focused.getBoundingClientRect();
    return {
        tag: focused.tagName.toLowerCase(),
        main: focused.matches('RINGLESS'),
        name: (focused.getAttribute('aria-label') || focused.innerText || '').trim(),
        kind: focused.getAttribute('type') || '',
        key: (focused.closest('[class*=st-key-]')?.className.match(/st-key-(\\S+)/) || [])[1] || '',
        ringed,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}""".replace("RINGLESS", RINGLESS).replace("PRIMARY", "rgb(43, 58, 147)")


@dataclass
class Found:
    """What was found on one page, by the width of the window."""

    grave: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    names: list[str] = field(default_factory=list)
    width: int = 0
    small: list[str] = field(default_factory=list)
    question: float | None = None


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app over a database with every task kind, and with a partner who never answers."""
    path = tmp_path_factory.mktemp("everyone") / "everyone.db"
    with everyone.silence() as silent:
        everyone.prepare(path, silent)
        with Server(path) as running:
            yield running


@pytest.fixture(scope="module")
def pages(serving: Server, browser: Browser) -> dict[str, Found]:
    """Every page a rater can meet, by name, and what was found on it."""
    found = {}
    # The page's own policy forbids scripts from elsewhere, and axe is one.
    for name, page in everyone.every_page(browser, serving.url, bypass_csp=True):
        found[name] = _look_at(name, page)
    return found


def _look_at(name: str, page: Page) -> Found:
    found = Found()
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.evaluate(AXE)
        told = page.evaluate("axe.run({rules: {'target-size': {enabled: true}}})")
        found.grave[size["width"]] = _grave(told)
    found.names = page.evaluate(
        "() => [...document.querySelectorAll('[aria-label]')].map(one => one.ariaLabel)"
    )
    found.width = page.evaluate("document.documentElement.scrollWidth")
    found.small = page.evaluate(TOO_SMALL)
    if name in QUESTIONS:
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
        box = page.get_by_text(QUESTIONS[name]).first.bounding_box()
        found.question = box["y"] + box["height"] if box else None
    page.set_viewport_size(WIDE)
    return found


def _grave(told: Any) -> list[str]:
    return [
        f"{finding['id']} {node['target']}: {node['failureSummary']}"
        for finding in told["violations"]
        if finding["impact"] in GRAVE
        for node in finding["nodes"]
        if (finding["id"], node["target"][-1]) not in KNOWN
    ]


def test_axe_finds_nothing_grave_on_any_page(pages: dict[str, Found]) -> None:
    assert len(pages) >= 25
    told = {
        f"{name} at {width} px": grave
        for name, found in pages.items()
        for width, grave in found.grave.items()
        if grave
    }
    assert told == {}


def test_no_name_is_told_with_the_signs_that_escape_it(pages: dict[str, Found]) -> None:
    told = {name: [one for one in found.names if "\\" in one] for name, found in pages.items()}
    assert {name: names for name, names in told.items() if names} == {}


def test_no_page_scrolls_sideways_on_a_phone(pages: dict[str, Found]) -> None:
    wide = {name: found.width for name, found in pages.items() if found.width > NARROW["width"]}
    assert wide == {}


#: Streamlit's own: the question mark beside a question with `help`, and the arrow inside a list
#: of choices. Both stand alone, which WCAG 2.2 (2.5.8, spacing) allows; axe checks that above.
SMALL = ("Help: 16 x 16", "Open: 32 x 22")


def test_buttons_on_a_phone_can_be_hit_with_a_thumb(pages: dict[str, Found]) -> None:
    told = {name: [one for one in found.small if one not in SMALL] for name, found in pages.items()}
    assert {name: small for name, small in told.items() if small} == {}


def test_the_first_question_is_on_a_phones_screen_under_the_transcript(
    pages: dict[str, Found],
) -> None:
    shown = {name: pages[name].question for name in QUESTIONS}
    below = {
        name: bottom
        for name, bottom in shown.items()
        if bottom is None or bottom > NARROW["height"]
    }
    assert below == {}


def test_nothing_moves_for_who_asks_for_stillness(serving: Server, browser: Browser) -> None:
    moving = {}
    for name, page in everyone.every_page(browser, serving.url, reduced_motion="reduce"):
        moving[name] = page.evaluate(MOVING)
    assert {name: what for name, what in moving.items() if what} == {}


class Keyboard:
    """Somebody without a mouse: Tab and what a keyboard types, nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen = 0

    def to(self, key: str = "", *, name: str = "", kind: str = "") -> None:
        """Press Tab until the element of this key, name or kind has the focus, which shows."""
        for _ in range(120):
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(FOCUS)
            if focus["tag"] == "body" or focus["main"]:
                continue  # the browser's own stop at the end of the page; Streamlit's main area
            assert focus["ringed"], f"no ring: {focus}"
            assert focus["seen"], f"off the screen: {focus}"
            self.seen += 1
            if (
                focus["key"].endswith(key)
                and focus["name"].startswith(name)
                and kind in ("", focus["kind"], focus["tag"])
            ):
                return
        raise AssertionError(f"Tab does not lead to {key or name or kind}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def expect(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()
        settled(self.page)

    def answer(self) -> None:
        """Answer each question that shows the keyboard sign with the key 1."""
        expect(self.page.get_by_label("keyboard icon")).to_have_count(1)
        answer(self.page)


def test_a_whole_study_can_be_done_without_a_mouse(serving: Server, browser: Browser) -> None:
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{serving.url}/?study=everyone")
    keys = Keyboard(page)
    keys.expect("What is kept")
    keys.to("agree", name="I agree")
    keys.press("Enter")
    keys.expect("What you will do")
    keys.to("start")
    keys.press("Space")
    for number, right in enumerate("12", 1):
        keys.expect(f"Example {number} of 2")
        keys.press(right)
        keys.expect("Right.")
        keys.press("Control+Enter")
    keys.expect("A few questions about you")
    keys.to("about-often", kind="radio")
    keys.press("Space", "ArrowDown")
    settled(page)
    keys.to("about-age", kind="radio")
    keys.press("Space")
    settled(page)
    keys.to("about-words")
    page.keyboard.type("nothing more")
    keys.press("Control+Enter")
    for task, title in everyone.TASKS.items():
        keys.expect(title)
        if task == "chat":
            for number, text in enumerate(("something funny please", "have you seen Heat?"), 1):
                keys.to(kind="textarea", name="Write a message")
                page.keyboard.type(text)
                keys.press("Enter")
                bubbles = page.get_by_test_id("stChatMessage")
                expect(bubbles).to_have_count(2 * number, timeout=30_000)
                settled(page)
            keys.to(name="Finish the chat")
            keys.press("Enter")
            keys.expect("Did it flow?")
        if task == "compare":
            keys.to("-right")
            keys.press("Shift+Tab", "Shift+Tab", "Tab")
            assert page.evaluate(FOCUS)["key"].endswith("-left")
            keys.press("Space")
            chosen = page.locator("[class*='-verdict-left'] button[kind=primary]")
            expect(chosen).to_have_count(1)
            settled(page)
        keys.answer()
        if task == "identify":
            keys.to("-reason")
            page.keyboard.type("a feeling")
        if task == "rate":
            keys.to("-send")
            keys.press("Enter")
        else:
            keys.press("Control+Enter")
    keys.expect("All done")
    keys.expect("DONE-42")
    assert keys.seen > 40
    context.close()


def test_the_arrow_keys_scroll_a_transcript(serving: Server, browser: Browser) -> None:
    context = browser.new_context(viewport=NARROW)
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = everyone.to_the_end(page, serving.url)
    next(name for name, _ in walk if name == "identify")
    keys = Keyboard(page)
    keys.to(name="Messages: ")
    pane = page.locator(".st-key-pane-1")
    assert pane.evaluate("pane => pane.scrollTop") == 0
    keys.press("End")
    expect(page.get_by_test_id("stChatMessage").last).to_be_in_viewport(ratio=1)
    context.close()


BARE = """
import streamlit as st
st.set_page_config(page_title="Bare")
st.title("Bare")
st.text_input("Name")
"""


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[str]:
    """The address of a page that is nothing but Streamlit."""
    (tmp_path / "bare.py").write_text(BARE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = [f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false"]
    command = [sys.executable, "-m", "streamlit", "run", "bare.py", *told]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            next(line for line in running.stdout if "URL" in line)
            yield f"http://localhost:{port}"
        finally:
            running.kill()


def test_the_main_area_has_no_ring_on_a_bare_streamlit_page_either(
    bare: str, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(bare)
    expect(page.get_by_role("heading", name="Bare")).to_be_visible()
    settled(page)
    page.locator(RINGLESS).focus()
    page.keyboard.press("Shift")
    focus = page.evaluate(FOCUS)
    assert focus["main"]
    assert not focus["ringed"], "Streamlit draws one now: take the exception away"
    page.close()
