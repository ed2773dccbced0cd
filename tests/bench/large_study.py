"""A study of a million judgments by 5,000 raters in a database file, for `make bench`."""

from pathlib import Path

import numpy as np

from annotations.setup import open_database, set_up
from annotations.study import Study, parse
from backend.database import Database
from backend.pool import Entry, Pool
from tests.annotations.studies import dialogue

#: Raters, the screens of each task that each judges, and dialogues a group.
RATERS, SCREENS, DIALOGUES = 5_000, 40, 800

SYSTEMS = ("one", "two", "three", "four")

PROTOCOL = """
name: large
title: A large study
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
tasks:
  - kind: identify
    id: identify
    title: Person or simulator?
    units_per_rater: 40
    judgments_per_unit: 100
    reference: {corpus: [people]}
    simulated: {corpus: [machines]}
    reason: false
  - kind: rate
    id: rate
    title: How good?
    units_per_rater: 40
    judgments_per_unit: 100
    dialogues: {corpus: [people, machines]}
    questions:
      - {id: naturalness, kind: scale, text: Natural?}
      - {id: control, kind: scale, text: In control?}
      - {id: flow, kind: scale, text: Flowing?}
completion: {code: DONE}
"""


def large_study(path: Path) -> tuple[Database, Study, int]:
    """The database, the study and how many judgments it holds, written without the app's care."""
    database = open_database(path)
    pool = Pool(database)
    pool.add(Entry(dialogue=dialogue("people", number)) for number in range(DIALOGUES))
    pool.add(
        Entry(dialogue=dialogue("machines", number, system))
        for system in SYSTEMS
        for number in range(DIALOGUES)
    )
    study = parse(PROTOCOL)
    set_up(database, study)
    units = {
        task.id: [
            (row["unit"], row["body"])
            for row in database.rows("SELECT unit, body FROM units WHERE task = ?", [task.id])
        ]
        for task in study.tasks
    }
    rng = np.random.default_rng(0)
    lean = rng.normal(0, 0.4, RATERS)
    assignments: list[tuple[object, ...]] = []
    submissions: list[tuple[object, ...]] = []
    judgments: list[tuple[object, ...]] = []
    for rater in range(RATERS):
        for task, there in units.items():
            for at in rng.choice(len(there), SCREENS, replace=False):
                unit, body = there[at]
                number = len(assignments) + 1
                strength = next((i + 1 for i, s in enumerate(SYSTEMS) if f'"{s}"' in body), -1)
                seen = 0.2 * strength + lean[rater] + rng.normal()
                assignments.append(
                    (number, "large", task, unit, f"r{rater}", "people", 0, 0, 0, "done", 0, 1, 1)
                )
                submissions.append((f"s{number}", number, 1, 20.0, 1.0))
                if task == "identify":
                    verdict = "simulated" if seen > 0 else "human"
                    judgments.append((f"s{number}", "verdict", None, verdict, None))
                    sure = float(np.clip(round(1 + abs(seen) * 2), 1, 5))
                    judgments.append((f"s{number}", "confidence", sure, None, None))
                else:
                    for question in ("naturalness", "control", "flow"):
                        value = float(np.clip(round(3 - seen + rng.normal() / 2), 1, 5))
                        judgments.append((f"s{number}", question, value, None, None))
    with database.writing() as db:
        db.conn.executemany(
            "INSERT INTO raters (id, study, crowd, number, created_at) VALUES (?, 'large', "
            "'people', ?, 0)",
            [(f"r{rater}", rater + 1) for rater in range(RATERS)],
        )
        for table, rows in (
            ("assignments", assignments),
            ("submissions", submissions),
            ("judgments", judgments),
        ):
            marks = ", ".join("?" * len(rows[0]))
            db.conn.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return database, study, len(judgments)
