"""A German study is German from end to end: nothing that Uncanny says in English slips in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotations.setup import open_database, set_up
from annotations.study import parse
from annotations.wording import Wording
from backend.pool import Entry, Pool
from tests.annotations.studies import SYSTEMS, dialogue, fill
from tests.annotations.test_locate import graft
from tests.browser.rater import answer
from tests.browser.serving import WIDE, Server, settled, unfold

pytestmark = pytest.mark.browser

STUDY = """
name: deutsch
title: Mensch oder Programm?
language: de
consent: {version: "1", text: Wir bitten um Ihre Meinung. Machen Sie mit?}
instructions: Lesen Sie, was die suchende Seite schreibt.
practice:
  - task: erkennen
    transcripts: [["seeker: na, heute mal was Lustiges?", "recommender: Gern!"]]
    answer: human
    why: So schreibt ein Mensch.
about:
  - {id: oft, kind: choice, text: Wie oft chatten Sie?, options: {nie: Nie, oft: Oft}}
quality:
  practice: {right: 1, tries: 2}
tasks:
  - kind: identify
    id: erkennen
    title: Mensch oder Programm?
    units_per_rater: 1
    judgments_per_unit: 9
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 2
    verdict: {text: Wer sucht hier?, human: Ein Mensch, simulated: Ein Programm}
    marks: true
  - kind: prefer
    id: vergleichen
    title: Welches ist besser?
    units_per_rater: 1
    judgments_per_unit: 9
    dialogues: {corpus: [people, machines]}
    pairs_per_contrast: 2
    tie: Etwa gleich
    left: Gespräch A
    right: Gespräch B
    contrasts: [{id: besser, text: Welches klingt natürlicher?}]
  - kind: questionnaire
    id: bogen
    title: Wie ist diese Seite?
    units_per_rater: 1
    judgments_per_unit: 9
    scale: {name: bogen, title: Bogen, source: eigene, subscales: {art: [[klug, dumm]]}}
    dialogues: {corpus: [machines]}
    per_system: 2
  - kind: locate
    id: stelle
    title: Wo ändert es sich?
    units_per_rater: 1
    judgments_per_unit: 9
    reference: {corpus: [people]}
    per_system: 2
    question: Ab welcher Nachricht schreibt ein Programm?
    none: Bei keiner
  - kind: chat
    id: gespraech
    title: Fragen Sie nach einem Film
    units_per_rater: 1
    judgments_per_unit: 9
    role: seeker
    min_messages: 1
    partners: [{simulator: critiquing}]
    briefs: [{summary: Sie möchten etwas Lustiges.}]
    questions:
      - {id: fluss, kind: scale, text: Floss das Gespräch?}
completion: {code: FERTIG-1, url: "https://a.example/?c={code}"}
"""

#: Shorter English is found in German too ('Recommender' in no word of it, 'Start' in 'Startseite').
LONG = 12


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The app over a German study, and one behind a recruiter's door."""
    database = open_database(tmp_path / "deutsch.db")
    fill(database)
    swapped = [graft(100 + at, system, swap=5) for at, system in enumerate(SYSTEMS)]
    people = [dialogue("people", number) for number in range(40, 44)]
    Pool(database).add([Entry(dialogue=one) for one in (*swapped, *people)])
    set_up(database, parse(STUDY))
    door = "language: de\nrecruitment: {door: prolific}"
    behind = STUDY.replace("name: deutsch", "name: panel").replace("language: de", door)
    set_up(database, parse(behind))
    database.close()
    with Server(tmp_path / "deutsch.db") as running:
        yield running


def english() -> set[str]:
    """What Uncanny says in English and not in German, without the values that are filled in."""
    german = " ".join(Wording("de").texts.values())
    parts = {
        part.strip() for text in Wording("en").texts.values() for part in re.split(r"\{\w+\}", text)
    }
    return {part for part in parts if len(part) > LONG and part not in german}


class Walk:
    """Goes through the study by the keys of its buttons, and keeps what each page says."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.read: dict[str, str] = {}

    def reads(self, text: str) -> None:
        """Wait for a page with this text, and keep all that can be read there."""
        expect(self.page.get_by_text(text).first).to_be_visible()
        settled(self.page)
        fields = self.page.locator("input, textarea").evaluate_all(
            "all => all.map(one => `${one.placeholder} ${one.ariaLabel}`).join('\\n')"
        )
        self.read[text] = f"{self.page.locator('body').inner_text()}\n{fields}"

    def press(self, key: str) -> None:
        """Press the button whose key matches."""
        self.page.locator(f"[class*='st-key-{key}'] button").first.click()
        settled(self.page)

    def press_last(self, key: str) -> None:
        self.page.locator(f"[class*='st-key-a'][class*='-{key}'] button").first.click()
        settled(self.page)

    def answer(self) -> None:
        """Answer every closed question and send."""
        expect(self.page.get_by_label("keyboard icon")).to_have_count(1)
        answer(self.page)
        self.press_last("send")


def test_a_german_study_says_nothing_in_english(server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Walk(page)
    page.goto(f"{server.url}/?study=panel")
    walk.reads("Dieser Link kann die Studie nicht öffnen")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(f"{server.url}/?study=deutsch")
    walk.reads("Was gespeichert wird")
    walk.press("decline")
    walk.reads("Über Sie wurde nichts gespeichert")
    walk.press("reconsider")
    walk.press("agree")
    walk.reads("Ihre Aufgabe")
    walk.press("start")
    walk.reads("Beispiel 1 von 1")
    walk.press("p1-0-simulated")
    walk.reads("Richtig wäre gewesen: Ein Mensch")
    walk.press("on-1-0")
    walk.reads("Sie haben noch nicht genug Beispiele")
    walk.press("p2-0-human")
    walk.reads("Ihre Antwort: Ein Mensch")
    walk.press("on-2-0")
    walk.reads("Ein paar Fragen zu Ihnen")
    walk.press("about-send")
    walk.reads("Bitte beantworten: Wie oft chatten Sie?")
    page.get_by_text("Oft", exact=True).click()
    walk.press("about-send")
    walk.reads("Wer sucht hier?")
    walk.press_last("send")
    walk.reads("Bitte beantworten: Wer sucht hier?")
    unfold(page, "Über diese Studie")
    walk.reads("Ihr eigener Link")
    page.get_by_text("Über diese Studie").click()
    walk.answer()
    walk.reads("Welches klingt natürlicher?")
    walk.press("back")
    walk.reads("Änderung speichern")
    walk.press("forward")
    walk.reads("Welches klingt natürlicher?")
    walk.answer()
    walk.reads(" ⟷ ")  # its poles change sides by rater
    walk.answer()
    walk.reads("Ab welcher Nachricht")
    walk.answer()
    walk.reads("Sie beginnen.")
    box = page.get_by_role("textbox", name="Nachricht schreiben")
    box.fill("something funny")
    box.press("Enter")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    walk.reads("Gespräch beenden")
    walk.press("finish-")
    walk.reads("Floss das Gespräch?")
    walk.answer()
    walk.reads("FERTIG-1")
    unfold(page, "Über diese Studie")
    walk.press("withdraw")
    walk.reads("Ja, meine Daten löschen")
    walk.press("withdraw-sure")
    walk.reads("Sie haben Ihre Teilnahme widerrufen")
    context.close()

    assert len(walk.read) >= 20
    slipped = {at: [part for part in english() if part in text] for at, text in walk.read.items()}
    assert {at: parts for at, parts in slipped.items() if parts} == {}
