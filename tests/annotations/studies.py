"""Small dialogues and a small protocol, written for the tests, with every task kind."""

import re
from pathlib import Path

from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.database import Database
from backend.dialogue import (
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    System,
    Turn,
)
from backend.pool import Entry, Pool

SYSTEMS = ("secret_robin", "secret_wren")

PROTOCOL = """
name: small
title: A small study
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
practice:
  - {task: identify, transcripts: [["seeker: hi", "recommender: hello"]], answer: human, why: so}
tasks:
  - kind: identify
    id: identify
    title: Person or simulator?
    units_per_rater: 4
    judgments_per_unit: 3
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 6
    marks: true
  - kind: compare
    id: compare
    title: Which one?
    units_per_rater: 2
    judgments_per_unit: 4
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    per_system: 3
    match: {on: [recommender_system], length: seeker_words, tolerance: 0.5}
  - kind: rate
    id: rate
    title: How natural?
    units_per_rater: 2
    judgments_per_unit: 3
    dialogues: {corpus: [people, machines]}
    per_system: 4
    questions:
      - {id: naturalness, kind: scale, text: How natural?}
  - kind: prefer
    id: prefer
    title: Which is better?
    units_per_rater: 2
    judgments_per_unit: 3
    dialogues: {corpus: [people, machines]}
    pairs_per_contrast: 3
    contrasts: [{id: natural, text: Which is more natural?}]
  - kind: chat
    id: chat
    title: Talk
    units_per_rater: 1
    judgments_per_unit: 9
    role: seeker
    partners: [{simulator: critiquing}]
    briefs: [{summary: Something funny, attributes: {genre: comedy}}]
    questions:
      - {id: flow, kind: scale, text: Did it flow?}
completion: {code: DONE-42}
"""


def dialogue(corpus: str, number: int, system: str | None = None) -> Dialogue:
    """A dialogue of three seeker turns with a recommender that greets first."""
    texts = (f"wish {number} please", f"no not film {number}", "fine, thanks")
    turns = [Turn(role=Role.RECOMMENDER, text="GREETING OF THE SOFTWARE")]
    for text in texts:
        turns.append(Turn(role=Role.SEEKER, text=text))
        turns.append(Turn(role=Role.RECOMMENDER, text=f"how about film {number}?"))
    seeker = (
        Player(origin=Origin.SIMULATED, system=System(name=system, simulator="external"))
        if system
        else Player(origin=Origin.HUMAN, person=f"worker {number}")
    )
    bot = System(name="secret_owl", simulator="external")
    return Dialogue(
        turns=tuple(turns),
        seeker=seeker,
        recommender=Player(origin=Origin.SIMULATED, system=bot),
        provenance=Provenance(
            corpus=corpus, source_id=f"{system or 'person'}-{number}", licence="MIT"
        ),
    )


def fill(database: Database, per_system: int = 12) -> None:
    """Dialogues of people and of two systems into the pool."""
    people = [dialogue("people", number) for number in range(2 * per_system)]
    machines = [
        dialogue("machines", number, system) for system in SYSTEMS for number in range(per_system)
    ]
    Pool(database).add([Entry(dialogue=one) for one in (*people, *machines)])


def small(path: Path, wanted: int | None = None) -> tuple[Database, Study]:
    """A database with the pool filled and the small study stored; `wanted` judgments a unit."""
    database = open_database(path)
    fill(database)
    protocol = PROTOCOL
    if wanted:
        protocol = re.sub(r"judgments_per_unit: \d+", f"judgments_per_unit: {wanted}", PROTOCOL)
    study = parse(protocol)
    set_up(database, study)
    return database, study
