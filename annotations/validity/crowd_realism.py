"""Realism by raters beside the stored results of the discriminator and the ensemble."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations import records
from annotations.analysis.estimate import Estimate
from annotations.results import analyse
from backend.database import Database
from backend.pool import DialogueFilter, Pool

#: What of the findings of `identify` and `compare` says how real a system seems.
QUANTITIES = ("d'", "fooled rate", "proportion correct")


@dataclass(frozen=True)
class Compared:
    """A comparison kept in the pool: its name, the systems of its simulated side, what was found.

    `body` is as `backend.realism` wrote it, read here as data.
    """

    name: str
    role: str
    real: DialogueFilter
    simulated: DialogueFilter
    systems: tuple[str, ...]
    body: dict[str, Any]


def comparisons(database: Database) -> list[Compared]:
    """All comparisons that are kept, by name."""
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
    """(task, estimate) of how real these systems seemed to the raters of a study, in its order.

    From `identify` and `compare` alone; empty where the study did not show the systems so. Raises
    StudyError if there is no such study.
    """
    found = []
    for result in analyse(database, study, crowd=crowd, with_excluded=with_excluded):
        if result.kind not in {"identify", "compare"} or not result.screens:
            continue
        for finding in result.findings:
            found += [
                (result.task, estimate)
                for estimate in finding.estimates
                if estimate.quantity in QUANTITIES and estimate.group in systems
            ]
    return found
