"""Hostile text in a real Chromium: it is read, and does nothing, on every page it reaches."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from annotations import export, records
from annotations.export import read
from annotations.setup import open_database
from annotations.study import Study, parse
from annotations.tables import FORMS
from backend.database import Database
from pages.prose import visible
from tests.browser import hostile_study
from tests.browser.hostile_study import NAME, PARTS, SYSTEMS, corpus
from tests.browser.rater import Rater
from tests.browser.serving import NARROW, WIDE, Server, settled, unfold
from tests.hostile import FORMULAS, LABEL, LONG, TEXTS, named

pytestmark = pytest.mark.browser

#: What the browser makes of text if it is let: each finds elements that only hostile text makes.
_MADE = """() => {
  const found = [];
  const told = (why, e) => found.push(`${why}: ${e.outerHTML.slice(0, 200)}`);
  if (window.__pwned !== undefined) found.push("a script of the text ran");
  for (const e of document.querySelectorAll("*")) {
    for (const {name, value} of e.attributes)
      if (/^(src|srcset|href|xlink:href|data|action|poster|style|background)$/.test(name)
          && (value.includes("evil.example") || value.includes("__pwned"))) told(name, e);
    if ([...e.attributes].some(a => a.name.startsWith("on"))) told("handler", e);
  }
  const never = {
    "formula": ".katex, math",
    "frame": "iframe, object, embed",
    "picture in text": "[data-testid=stMarkdownContainer] img, [data-testid=stText] :not(span)",
    "table of the text": "[data-testid=stMarkdownContainer] table",
    "icon of the text": "[aria-label='skull icon']",
    "exception": "[data-testid=stException]",
    "link in a figure": ".js-plotly-plot a, .js-plotly-plot image[href^=http]",
  };
  for (const [why, selector] of Object.entries(never))
    document.querySelectorAll(selector).forEach(e => told(why, e));
  for (const e of document.querySelectorAll("style, script"))
    if (/__pwned|body\\{display:none\\}/.test(e.textContent)) told("element of the text", e);
  for (const e of document.querySelectorAll("[data-testid=stMarkdownContainer] span"))
    if (["blood", "sea", "safe", "print", "red[x]"].includes(e.textContent.trim()))
      told("directive", e);
  return found;
}"""

#: What is wider than the window, after as many frames as scripts may need to fit a table to it.
_TOO_WIDE = """async () => {
  const wide = () => [document.documentElement,
      ...document.querySelectorAll("[data-testid=stMain], [data-testid=stMainBlockContainer]")]
    .filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => `${e.dataset.testid || "page"} is ${e.scrollWidth} px in ${e.clientWidth} px`);
  for (let frame = 0; frame < 100 && wide().length; frame++)
    await new Promise(requestAnimationFrame);
  return wide();
}"""


class Watched:
    """A page, looked at in each of these sizes, and all that text must not bring about there."""

    def __init__(self, page: Page, *sizes: ViewportSize) -> None:
        self.page = page
        self.sizes = sizes
        self.happened: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._asked(request.url))
        page.on("pageerror", lambda error: self.happened.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("popup", lambda popup: self.happened.append(f"window: {popup.url}"))

    def look(self, where: str) -> None:
        """Assert that nothing happened, nothing was made, and the page is as wide as it should."""
        for size in self.sizes:
            self.page.set_viewport_size(size)
            settled(self.page)
            assert self.page.evaluate(_MADE) == [], (where, size)
            assert self.happened == [], (where, size)
            assert self.page.evaluate(_TOO_WIDE) == [], (where, size)

    def _dialog(self, dialog: object) -> None:
        self.happened.append(f"dialog: {dialog}")
        dialog.dismiss()  # type: ignore[attr-defined]

    def _asked(self, url: str) -> None:
        at = urlsplit(url)
        if at.scheme not in ("data", "blob") and at.hostname != "localhost":
            self.happened.append(f"request: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.happened.append(f"policy: {message.text}")


def plain(text: str) -> str:
    """Text as the eye sees it: without what is invisible, and with any space for a space."""
    return " ".join(re.sub("[\u2060\ufeff]", "", visible(text)).split())


def reads(place: Locator, text: str) -> None:
    """Assert that a text can be read there, sign by sign, once the browser has drawn it."""
    unseen = "[\u2060\ufeff]*"
    words = (unseen.join(map(re.escape, word)) for word in plain(text).split())
    pattern = re.compile(rf"{unseen}\s+{unseen}".join(words))
    expect(place.first).to_contain_text(pattern, use_inner_text=True)


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the hostile study, judged by one rater and rehearsed."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    hostile_study.make(path)
    return path


@pytest.fixture(scope="module")
def served(hostile_file: Path) -> Iterator[Server]:
    """The app over the hostile database."""
    with Server(hostile_file) as running:
        yield running


@pytest.fixture
def held(hostile_file: Path) -> Iterator[Database]:
    """The database, read beside the server."""
    database = open_database(hostile_file)
    yield database
    database.close()


@pytest.fixture(scope="module")
def study() -> Study:
    return parse(json.dumps(hostile_study.protocol()))


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["phone", "desk"])
def test_a_rater_reads_hostile_text_from_consent_to_the_code(
    served: Server, browser: Browser, study: Study, viewport: ViewportSize
) -> None:
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    page.set_default_timeout(15_000)
    seen = Watched(page, viewport)
    main = page.get_by_test_id("stMain")

    rater = Rater(page, served.url, NAME)
    seen.look("consent")
    reads(page.get_by_role("heading", level=1), study.title)
    reads(page.locator(".st-key-agree button"), f"agree {LABEL}")
    reads(page.locator(".st-key-decline button"), f"decline {LABEL}")
    reads(main, TEXTS["script"])
    reads(main, TEXTS["table"])

    page.locator(".st-key-agree button").click()
    expect(page.locator(".st-key-start")).to_be_visible()
    seen.look("instructions")
    reads(main, TEXTS["markdown image"])

    page.locator(".st-key-start button").click()
    answer = page.locator("[class*=st-key-p1-0-] button")
    expect(answer).to_have_count(2)
    seen.look("practice")
    reads(answer, f"person {LABEL}")
    reads(page.get_by_test_id("stChatMessage"), LABEL)
    answer.last.click()
    expect(page.locator(".st-key-on-1-0")).to_be_visible()
    seen.look("feedback")
    reads(main, f"You said: machine {LONG}")
    reads(main, f"It was: person {LABEL}")
    page.locator(".st-key-on-1-0 button").click()

    expect(page.locator(".st-key-about-send")).to_be_visible()
    seen.look("about the rater")
    reads(main, f"age {LABEL}")
    reads(main, f"kind {LABEL}")
    reads(page.get_by_test_id("stRadio"), f"x {LABEL}")
    page.get_by_test_id("stTextInput").locator("input").fill(TEXTS["script"])
    page.get_by_test_id("stRadio").locator("label").nth(1).click()
    page.locator(".st-key-about-send button").click()

    texts = iter(list(TEXTS.values()) * 2)
    kinds = []
    while expect_a_screen(page) == "task":
        title = rater.title
        kinds.append(title.split()[0])
        seen.look(title)
        reads(page.get_by_role("heading", level=2), f"{kinds[-1]} {LABEL}")
        if rater.chatting:
            hold_a_chat(rater, seen, texts)
        elif kinds[-1] == "rate":
            reads_the_dialogue(page)
            reads(main, f"scale {LABEL}")
            reads(main, f"1 = low {LABEL} · 5 = high {LONG}")
            reads(main, f"first {LABEL}")
            reads_the_help(seen)
        elif kinds[-1] == "identify":
            reads_the_messages_to_mark(seen)
        rater.answer()
        for box in page.locator("[class*='-reason'] textarea, [class*='-free'] textarea").all():
            box.fill(next(texts))
            box.blur()
            settled(page)
        rater.send()
    assert sorted(set(kinds)) == ["chat", "compare", "identify", "opposites", "prefer", "rate"]
    seen.look("the end")
    # Emphasis is allowed here, as in every text of the protocol that is more than a label.
    reads(main, f"done {named('image that fails', 'markdown image', 'markdown link')}")
    reads(page.get_by_test_id("stCode"), f"code {LABEL}")
    context.close()


def expect_a_screen(page: Page) -> str:
    """`task` or `end`, once one of them is there."""
    task = page.get_by_text(re.compile(r"^\d+ of \d+ · about"))
    end = page.get_by_role("heading", name="All done")
    expect(task.or_(end).first).to_be_visible()
    settled(page)
    return "end" if end.count() else "task"


def reads_the_dialogue(page: Page) -> None:
    """Every message of the transcript stands there as it was written."""
    shown = [plain(one.inner_text()) for one in page.get_by_test_id("stChatMessage").all()]
    said = [[plain(text) for text in part] for part in PARTS]
    matching = [
        part
        for part in said
        if len(part) == len(shown)
        and all(line.endswith(text) for line, text in zip(shown, part, strict=True))
    ]
    assert matching, shown


def reads_the_help(seen: Watched) -> None:
    """A question's help is markdown to Streamlit, too."""
    page = seen.page
    page.get_by_test_id("stTooltipIcon").first.locator("button, svg").first.hover()
    expect(page.get_by_test_id("stTooltipContent")).to_be_visible()
    seen.look("help")
    reads(page.get_by_test_id("stTooltipContent"), f"help {LABEL}")
    page.mouse.move(0, 0)
    expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)


def reads_the_messages_to_mark(seen: Watched) -> None:
    """The seeker's messages, in the list to tick, as they were written."""
    page = seen.page
    options = opened(page.get_by_test_id("stMultiSelect").locator("input"))
    seen.look("marks")
    listed = " ".join(plain(one) for one in options.all_inner_texts())
    assert "\\" not in listed.replace(plain(TEXTS["tex block"]), "")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    page.get_by_test_id("stMultiSelect").locator("input").blur()  # number keys answer again


def hold_a_chat(rater: Rater, seen: Watched, texts: Iterator[str]) -> None:
    """A chat in which the person says hostile things; they stand there as typed."""
    reads(rater.page.get_by_test_id("stAlert"), f"brief {LABEL} {LONG}")
    for said in (LABEL[:490], "W" * 490, TEXTS["script"]):
        if rater.page.get_by_test_id("stChatInputTextArea").is_disabled():
            break
        rater.say(said)
        seen.look("chat")
        bubbles = rater.page.get_by_test_id("stChatMessage").all_inner_texts()
        assert any(plain(said) in plain(bubble) for bubble in bubbles), said
    rater.press("Finish the chat")
    expect(rater.page.get_by_role("button", name=re.compile("^Send and go on"))).to_be_visible()
    seen.look("the chat's questions")


def opened(box: Locator) -> Locator:
    """The options of a list. It shuts again if the page scrolls to it: then it is opened again."""
    options = box.page.get_by_role("option")
    for _ in range(3):
        box.click()
        try:
            expect(options.first).to_be_visible(timeout=2_000)
        except AssertionError:
            continue
        return options
    raise AssertionError("the list does not open")


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list whose options begin so."""
    opened(page.get_by_role("combobox", name=label).first)
    page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).first.click()
    settled(page)


@pytest.mark.parametrize(
    "path", ["studies", "monitor", "results", "dialogues", "metrics", "realism"]
)
def test_staff_pages_show_hostile_text_as_text(
    served: Server, page: Page, study: Study, path: str
) -> None:
    seen = Watched(page, NARROW, WIDE)
    main = page.get_by_test_id("stMain")
    page.goto(f"{served.url}/{path}")
    seen.look(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if path == "studies":
        reads(page.get_by_role("heading", level=2), study.title)
        reads(main, f"rate {LABEL}")
        for name in ("Raters", "Export", "Protocol"):
            page.get_by_role("tab", name=name).click()
            seen.look(f"studies, {name}")
    elif path == "dialogues":
        choose(page, "Corpus", "rate |")
        page.keyboard.press("Escape")
        seen.look("a list of dialogues")
        page.goto(f"{served.url}/dialogues")
        settled(page)
        choose(page, "Corpus", "opposites |")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stChatMessage").first).to_be_visible()
        reads(page.get_by_test_id("stChatMessage").nth(1), PARTS[0][1])
        reads(main, corpus("opposites"))
        reads(main, SYSTEMS[0])
        unfold(page, "Everything, as JSON")
        seen.look("a dialogue")
    elif path in ("results", "monitor"):
        for crowd in ("people", "rehearsal-1"):
            choose(page, "Crowd", crowd)
            rehearsed = page.get_by_text("these raters are simulated")
            expect(rehearsed).to_have_count(int(crowd != "people"))
            settled(page)
            expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=60_000)
            if path == "results":
                reads(page.get_by_role("heading", level=2), f"identify {LABEL}")
                notes = page.get_by_text(re.compile(r"^\d+ note\(s\)$"))
                notes.evaluate_all("all => all.forEach(one => one.click())")
            else:
                reads(main, LABEL + LONG) if crowd == "people" else None
            seen.look(f"{path} of {crowd}")
    elif path == "metrics":
        expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=60_000)
        seen.look("labels")
        choose(page, "People", NAME)
        expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=60_000)
        seen.look("a study's questions")


def test_an_export_of_hostile_text_runs_nothing_and_reads_back_as_it_was(
    held: Database, study: Study, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    export.export(held, NAME, folder)
    frames = [read(folder, form) for form in FORMS]
    for name, frame in frames[0].items():
        pd.testing.assert_frame_equal(frame, frames[1][name])
        pd.testing.assert_frame_equal(frame, frames[2][name])
    said = set(frames[0]["judgments"]["text"].dropna())
    stored = records.judgments(held, NAME, with_excluded=True)["value"]
    assert said == {value for value in stored if isinstance(value, str)}
    turns = frames[0]["turns"]["text"].tolist()
    assert set(turns) >= {text for part in PARTS for text in part}

    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert {len(row) for row in rows} == {len(rows[0])}, path.name
        cells = [cell for row in rows for cell in row]
        # A number may be negative; a text may begin with no sign that a spreadsheet acts upon.
        acting = [c for c in cells if c.startswith(FORMULAS) and not re.fullmatch(r"-[\d.e+-]+", c)]
        assert acting == [], path.name
        # What ends a line for any reader of CSV stands between quotes.
        loose = re.sub(r'"(?:[^"]|"")*"', "", path.read_bytes().decode("utf-8"))
        assert "\r" not in loose, path.name

    card = (folder / "README.md").read_text("utf-8")
    tables = [line for line in card.split("\n") if line.startswith("|")]
    assert all(re.fullmatch(r"\|(?:(?:[^|\\]|\\.)*\|){2,3}", line) for line in tables), tables
    assert len([line for line in card.split("\n") if line.startswith("# ")]) == 1
    assert not re.search(r"(?<!\\)<|(?<!\\)!?\[", card)
    assert parse((folder / "protocol.yaml").read_text("utf-8")).hash == study.hash
