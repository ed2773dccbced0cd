"""Realism as judged by raters, beside stored results of the discriminator and the ensemble."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations import records
from annotations.results import analyse
from backend.database import Database
from backend.pool import DialogueFilter, Pool
from backend.statistics.estimate import Estimate
from backend.statistics.quantity import Quantity

#: The quantities in findings on transcripts that measure how real a system seems.
QUANTITIES = (Quantity.DPRIME, Quantity.FOOLED_RATE, Quantity.PROPORTION_CORRECT)


@dataclass(frozen=True)
class Compared:
    """A stored comparison: its name, the systems of its simulated side, and its results.

    `body` holds the results in the format that `backend.realism` writes.
    """

    name: str
    role: str
    real: DialogueFilter
    simulated: DialogueFilter
    systems: tuple[str, ...]
    body: dict[str, Any]


def comparisons(database: Database) -> list[Compared]:
    """All stored comparisons, by name."""
    pool = Pool(database)
    found = []
    for row in pool.realisms().to_dict("records"):
        theirs = DialogueFilter.model_validate_json(row["simulated"])
        systems = pool.frame(theirs)[f"{row['role']}_system"].dropna().unique()
        found.append(
            Compared(
                name=str(row["name"]),
                role=str(row["role"]),
                real=DialogueFilter.model_validate_json(row["real"]),
                simulated=theirs,
                systems=tuple(sorted(map(str, systems))),
                body=json.loads(row["body"]),
            )
        )
    return found


def crowd_realism(
    database: Database,
    study: str,
    systems: Sequence[str],
    *,
    crowd: str = records.PEOPLE,
    with_excluded: bool = False,
) -> list[tuple[str, Estimate]]:
    """Return (task, estimate) pairs of how real these systems seemed to a study's raters.

    The pairs are in the study's order and come from tasks with verdicts on transcripts only. The
    list is empty if no such task shows these systems. Raises StudyError if there is no such study.
    """
    found = []
    for result in analyse(database, study, crowd=crowd, with_excluded=with_excluded):
        if result.verdicts_on != "transcripts" or not result.screens:
            continue
        for finding in result.findings:
            found += [
                (result.task, estimate)
                for estimate in finding.estimates
                if estimate.quantity in QUANTITIES and estimate.group in systems
            ]
    return found
