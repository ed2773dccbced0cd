"""A paid study and raters who go through its doors, each as far as told: for the tests."""

from pathlib import Path

from annotations import assignment, journey, quality
from annotations.crowd import withdrawal
from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.database import Database
from tests.annotations.studies import fill

PAID = """
name: paid
title: A paid study
recruitment: {door: invite}
lease_minutes: 30
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
practice:
  - {task: identify, transcripts: [["seeker: hi"]], answer: human, why: so}
tasks:
  - kind: identify
    id: identify
    title: Person or simulator?
    units_per_rater: 2
    judgments_per_unit: 40
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 4
  - kind: rate
    id: rate
    title: How natural?
    units_per_rater: 1
    judgments_per_unit: 40
    dialogues: {corpus: [people, machines]}
    per_system: 2
    questions: [{id: naturalness, kind: scale, text: How natural?}]
checks:
  - {task: identify, transcripts: [["seeker: lol"]], answers: {verdict: human}}
about:
  - {id: chatbot_use, kind: choice, text: How often?, options: {never: Never, daily: Daily}}
quality: {practice: {right: 1, tries: 1}}
pay: {per_rater: 2.0, fee: 0.25, currency: GBP}
stopping: {raters: 3, task: identify, width: 0.5}
completion: {code: DONE, screened_out: {code: OUT}}
"""

#: Raters by how far they go.
NAMES = ("consent", "read", "practised", "told", "first", "later", "out", "withdrew", "finished")


def stored(folder: Path, protocol: str) -> tuple[Database, Study]:
    database = open_database(folder / "paid.db")
    fill(database)
    study = parse(protocol)
    set_up(database, study)
    return database, study


def walk(database: Database, study: Study, name: str, until: str) -> None:
    """Send a rater through the doors until a step; nothing is written past them."""
    rater = f"{name}-of-the-raters"
    journey.join(database, study, rater)
    if until == "consent":
        return
    journey.instructed(database, rater)
    if until == "read":
        return
    quality.practise(database, study, rater, 0, "simulated" if until == "out" else "human")
    quality.practised(database, study, rater, 0)
    if until in ("practised", "out"):
        return
    journey.tell_about(database, study, rater, {"chatbot_use": "daily"})
    screens = {"told": 0, "first": 1, "later": 4, "withdrew": 2}.get(until, 99)
    for number in range(screens):
        given = assignment.claim(database, study, rater)
        if given is None or (until in ("first", "later") and number == screens - 1):
            break
        send(database, study, given, seconds=10.0 + number)
    if until == "withdrew":
        withdrawal.withdraw(database, rater)


def send(database: Database, study: Study, given: assignment.Assignment, seconds: float) -> None:
    form = study.task(given.task).form()
    said = {q.id: next(iter(q.options)) for q in form if q.kind in ("scale", "choice")}
    assignment.submit(database, study, given, said, key=given.next_key, seconds=seconds)
