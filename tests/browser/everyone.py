"""Every page a rater can meet, one after the other: a study with every task kind, and a walk."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from annotations import journey, records
from annotations.setup import open_database, set_up
from annotations.study import parse
from backend.pool import Entry, Pool
from tests.annotations.studies import SYSTEMS, dialogue, fill
from tests.annotations.test_locate import graft
from tests.browser.rater import Rater
from tests.browser.serving import WIDE, settled, unfold

HEAD = """
name: NAME
title: Can you tell?
consent: {version: "1", text: "We ask what you think of **conversations**. Do you agree?"}
instructions: |
  Read what the **seeker** writes.

  - Take your time.
"""

#: What a rater says of themselves, and the tasks in the order they come.
EVERYTHING = """
practice:
  - task: identify
    transcripts: [["seeker: heyy, my sister's over", "recommender: What would she like?"]]
    answer: human
    why: A person said it, with a **sister**.
  - task: identify
    transcripts: [["seeker: my genre is comedy", "recommender: Have you seen Heat (1995)?"]]
    answer: simulated
    why: It names its wish like a form.
about:
  - {id: often, kind: choice, text: How often do you chat?, options: {never: Never, daily: Daily}}
  - {id: age, kind: scale, text: How old are you in decades?, low: 1, high: 9}
  - {id: words, kind: text, text: Anything else?}
quality:
  practice: {right: 2, tries: 2}
tasks:
  - kind: identify
    id: identify
    title: Person or simulator?
    instructions: Judge the seeker only.
    units_per_rater: 1
    judgments_per_unit: 9
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 2
    confidence: true
    marks: true
    reason: true
  - kind: compare
    id: compare
    title: Which one is the person?
    instructions: One of the two is a simulator.
    units_per_rater: 1
    judgments_per_unit: 9
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 2
  - kind: rate
    id: rate
    title: How natural?
    units_per_rater: 1
    judgments_per_unit: 9
    dialogues: {corpus: [people, machines]}
    per_system: 2
    questions:
      - {id: naturalness, kind: scale, text: How natural?, anchors: {1: no one would, 5: just so},
         help: Think of people you know.}
  - kind: prefer
    id: prefer
    title: Which is better?
    units_per_rater: 1
    judgments_per_unit: 9
    dialogues: {corpus: [people, machines]}
    pairs_per_contrast: 2
    contrasts: [{id: natural, text: Which is more natural?}]
  - kind: questionnaire
    id: questionnaire
    title: What is this seeker like?
    units_per_rater: 1
    judgments_per_unit: 9
    scale: pmq
    dialogues: {corpus: [machines]}
    per_system: 2
  - kind: locate
    id: locate
    title: Where does it change?
    units_per_rater: 1
    judgments_per_unit: 9
    reference: {corpus: [people]}
    per_system: 2
  - kind: chat
    id: chat
    title: Ask for a film
    instructions: Your partner is a program.
    units_per_rater: 1
    judgments_per_unit: 9
    role: seeker
    min_messages: 2
    partners: [{simulator: critiquing}]
    briefs: [{summary: You want something funny., attributes: {genre: comedy}}]
    questions:
      - {id: flow, kind: scale, text: Did it flow?}
"""

#: A partner at an address that takes the call and then says nothing.
SILENT = """
tasks:
  - kind: chat
    id: chat
    title: Recommend a film
    units_per_rater: 1
    judgments_per_unit: 9
    role: recommender
    partners:
      - simulator: zero_shot
        settings: {model: silent, engine: endpoint, engine_settings: {base_url: "URL"}}
    briefs: [{summary: Something funny}]
    questions:
      - {id: flow, kind: scale, text: Did it flow?}
"""

FOOT = (
    'completion: {code: DONE-42, screened_out: {code: OUT-7}, url: "https://a.example/?c={code}"}'
)

#: The tasks of `EVERYTHING` by their kind, in order, with their titles.
TASKS = {
    "identify": "Person or simulator?",
    "compare": "Which one is the person?",
    "rate": "How natural?",
    "prefer": "Which is better?",
    "questionnaire": "What is this seeker like?",
    "locate": "Where does it change?",
    "chat": "Ask for a film",
}

#: A rater of `waiting` whose partner is about to speak.
WAITING = "a-rater-who-waits-for-a-partner"


def protocol(name: str, body: str) -> str:
    """A protocol of this name with these tasks."""
    return f"{HEAD.replace('NAME', name)}{body}{FOOT}\n"


def prepare(path: Path, silent: str = "http://localhost:9/v1") -> None:
    """A database with three studies: `everyone`, `waiting` and `panel`, which wants parameters."""
    database = open_database(path)
    fill(database)
    swapped = [graft(100 + at, system, swap=5) for at, system in enumerate(SYSTEMS)]
    people = [dialogue("people", number) for number in range(40, 44)]
    Pool(database).add([Entry(dialogue=one) for one in (*swapped, *people)])
    for text in (
        protocol("everyone", EVERYTHING),
        protocol("waiting", SILENT.replace("URL", silent)),
        protocol("panel", f"recruitment: {{door: prolific}}{EVERYTHING}"),
    ):
        set_up(database, parse(text))
    # Led to the chat from here: on a page of its own, nothing of an earlier one is left to see.
    journey.join(database, records.study(database, "waiting"), WAITING)
    journey.instructed(database, WAITING)
    database.close()


@contextmanager
def silence() -> Iterator[str]:
    """The address of a model that takes every call and answers none, until this ends."""
    with socket.create_server(("127.0.0.1", 0)) as ear:
        yield f"http://127.0.0.1:{ear.getsockname()[1]}/v1"


def every_page(
    browser: Browser,
    url: str,
    *,
    bypass_csp: bool = False,
    reduced_motion: Literal["no-preference", "reduce"] = "no-preference",
) -> Iterator[tuple[str, Page]]:
    """The name of each page a rater can meet, with a window that shows it, at rest."""
    context = browser.new_context(
        viewport=WIDE, bypass_csp=bypass_csp, reduced_motion=reduced_motion
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{url}/?study=nowhere")
    _shows(page, "This link leads nowhere")
    yield "wrong link", page
    page.goto(f"{url}/?study=panel")
    _shows(page, "This link can't open the study")
    yield "refused link", page
    yield from _that_ends_early(page, url)
    yield from to_the_end(page, url)
    page.goto(f"{url}/?study=waiting&rater={WAITING}")
    expect(page.get_by_text("Your partner begins")).to_be_visible()
    expect(page.get_by_test_id("stChatMessage")).to_be_visible()
    yield "chat waiting", page
    context.close()


def _that_ends_early(page: Page, url: str) -> Iterator[tuple[str, Page]]:
    rater = Rater(page, url, "everyone")
    _shows(page, "Can you tell?")
    yield "consent", page
    rater.press("No, thank you")
    _shows(page, text="Nothing about you was kept")
    yield "declined", page
    rater.press("I have changed my mind")
    rater.press("I agree")
    _shows(page, "What you will do")
    yield "instructions", page
    rater.press("Start")
    _shows(page, text="Example 1 of 2")
    yield "practice", page
    _practise(page, "A simulator")
    yield "practice, wrong", page
    rater.press("Go on")
    _shows(page, text="Example 2 of 2")
    _practise(page, "A simulator")
    yield "practice, right", page
    rater.press("Go on")
    _shows(page, text="Here they are once more")
    yield "practice again", page
    _practise(page, "A simulator")
    rater.press("Go on")
    _shows(page, text="Example 2 of 2")
    _practise(page, "A simulator")
    rater.press("Go on")
    _shows(page, "Thank you for trying")
    yield "screened out", page
    unfold(page, "About this study")
    rater.press("Withdraw from the study")
    _shows(page, text="Yes, delete my data")
    yield "withdrawing", page
    rater.press("Yes, delete my data")
    _shows(page, "You have withdrawn")
    yield "withdrawn", page


def to_the_end(page: Page, url: str) -> Iterator[tuple[str, Page]]:
    """The same for the way of a rater who passes, from consent to the code."""
    rater = Rater(page, url, "everyone")
    rater.press("I agree")
    _shows(page, "What you will do")
    rater.press("Start")
    for number, right in enumerate(("A person", "A simulator"), 1):
        _shows(page, text=f"Example {number} of 2")
        _practise(page, right)
        rater.press("Go on")
    _shows(page, "A few questions about you")
    yield "about", page
    rater.press("Send and go on")
    _shows(page, text="Please answer")
    yield "about, something missing", page
    page.get_by_text("Daily").click()
    page.get_by_text("4", exact=True).click()
    rater.press("Send and go on")
    for task, title in TASKS.items():
        _shows(page, title)
        if task == "chat":
            break
        yield task, page
        if task == "identify":
            unfold(page, "About this study")
            expect(page.get_by_role("textbox", name="Something wrong")).to_be_visible()
            yield "menu opened", page
            page.get_by_text("About this study").click()
            rater.press("Send and go on")
            _shows(page, text="Please answer")
            yield "something missing", page
        rater.answer()
        if task == "identify":
            yield "identify, answered", page
        rater.send()
    yield "chat begins", page
    rater.say("something funny please")
    rater.say("have you seen Heat (1995)?")
    yield "chat", page
    rater.press("Finish the chat")
    _shows(page, text="Did it flow?")
    yield "chat questions", page
    rater.answer()
    rater.send()
    _shows(page, "All done")
    yield "done", page


def _practise(page: Page, answer: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{answer}")).click()
    _shows(page, text=f"You said: {answer}")


def _shows(page: Page, heading: str = "", *, text: str = "") -> None:
    """Wait until a page with this heading or text has been drawn to its end."""
    if heading:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    if text:
        expect(page.get_by_text(text)).to_be_visible()
    settled(page)
