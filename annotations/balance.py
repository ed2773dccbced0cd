"""The order of assignment: the least filled unit first, sides balanced, ties broken by a hash."""

import hashlib
import random
from typing import Any

import sqlite_utils

from annotations.study import Study

#: Prefix of the ids of checks.
CHECK = "check-"


def check_now(study: Study, task: str, rater: str, had: list[str]) -> str | None:
    """Return the check that is due after the units `had` of a task, or None.

    The positions of the checks among the task's screens, never the first one, and their order
    are drawn for each rater.
    """
    checks = [f"{CHECK}{n}" for n, check in enumerate(study.checks) if check.task == task]
    if all(check in had for check in checks):
        return None
    rng = random.Random(draw(study.seed, rater, task, "checks"))
    places = rng.sample(range(1, study.task(task).units_per_rater + len(checks)), len(checks))
    rng.shuffle(checks)
    due = sum(place <= len(had) for place in places)
    passed = [check for check in checks if check in had]
    return next(check for check in checks if check not in had) if due > len(passed) else None


def task_order(study: Study, rater: str) -> list[str]:
    """The order of tasks for a rater: the protocol's, or shuffled by its seed and the rater."""
    names = [task.id for task in study.tasks]
    if study.order == "shuffled":
        names.sort(key=lambda name: draw(study.seed, rater, name))
    return names


def latest_end(study: Study, now: float) -> float:
    """The latest time at which a lease can end that counts now: two leases from now.

    A later end was set while the clock was ahead. It must not keep a unit from others until then.
    """
    return now + 2 * 60 * study.lease_minutes


def least_filled(
    db: sqlite_utils.Database,
    units: dict[tuple[str, str], tuple[int, frozenset[str]]],
    study: Study,
    task: str,
    crowd: str,
    rater: str,
    mine: list[dict[str, Any]],
    now: float,
) -> str | None:
    """The unit to give out next: fewest dialogues read already, then least filled, then by hash."""
    fill: dict[str, int] = dict(
        db.conn.execute(
            "SELECT unit, count(*) FROM assignments WHERE study = ? AND task = ? AND crowd = ? "
            "AND (state = 'done' OR (state = 'open' AND lease_until > ? AND lease_until <= ?)) "
            "GROUP BY unit",
            [study.name, task, crowd, now, latest_end(study, now)],
        ).fetchall()
    )
    had = {(row["task"], row["unit"]) for row in mine}
    read = frozenset[str]().union(*(units[key][1] for key in had & units.keys()))
    ranked = {
        unit: (len(dialogues & read), fill.get(unit, 0))
        for (of_task, unit), (wanted, dialogues) in units.items()
        if of_task == task and (task, unit) not in had and fill.get(unit, 0) < wanted
    }
    if not ranked:
        return None
    first = min(ranked.values())
    ties = [unit for unit, rank in ranked.items() if rank == first]
    return min(ties, key=lambda unit: draw(rater, unit))


def is_swapped(
    db: sqlite_utils.Database, study: str, task: str, unit: str, crowd: str, seed: int
) -> bool:
    """Whether to show a pair in reverse: the order used less often so far, else by the seed."""
    shown = dict(
        db.conn.execute(
            "SELECT swapped, count(*) FROM assignments WHERE study = ? AND task = ? AND unit = ? "
            "AND crowd = ? AND state != 'released' GROUP BY swapped",
            [study, task, unit, crowd],
        ).fetchall()
    )
    straight, swapped = shown.get(0, 0), shown.get(1, 0)
    return seed % 2 == 1 if straight == swapped else swapped < straight


def draw(*parts: object) -> int:
    """Return a pseudorandom number determined by the parts (SHA-256, 64 bits)."""
    text = "\x00".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
