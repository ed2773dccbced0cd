"""Blind reading: turns of people and of a simulator on one sheet, to be marked coherent or not.

The sheet shows each turn with what went before, in random order, and not where it comes from. That
is in a key, kept apart. Whoever has read the sheet counts the marks by means of the key. It is a
check by makers of a simulator, and no judgment of raters.
"""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from statsmodels.stats.proportion import confint_proportions_2indep

from backend.dialogue import Dialogue, Role, Turn
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import LEVEL, missing, share

#: Turns before the one that is read, at most.
CONTEXT = 6

#: Marks, and whether they say that a turn makes sense.
MARKS = {"y": True, "yes": True, "1": True, "n": False, "no": False, "0": False}

#: The sides of a comparison.
SIMULATED, PEOPLE = "simulated", "people"

SHEET_COLUMNS = ("number", "before", "turn", "coherent")
KEY_COLUMNS = ("number", "side", "dialogue", "turn")


class SheetError(Exception):
    """A sheet or key that can't be made or read; the message says what would be right."""


@dataclass(frozen=True)
class Read:
    """One turn on the sheet: whose it is, and where it stands (0 is the first turn)."""

    side: str
    dialogue: Dialogue
    at: int


@dataclass(frozen=True)
class Counted:
    """Shares of turns marked as not coherent, by side, and by how much people's is exceeded.

    `difference` has Newcombe's interval (1998); it is in shares, 0 to 1.
    """

    shares: Mapping[str, Estimate]
    difference: Estimate


def drawn(sides: Mapping[str, Sequence[Dialogue]], n: int, role: Role, *, seed: int) -> list[Read]:
    """`n` turns of each side, at most one a dialogue, in random order.

    A turn is one that answers something. Raises SheetError if a side has too few.
    """
    rng = random.Random(seed)
    found: list[Read] = []
    for side, dialogues in sides.items():
        places = {one.id: _places(one, role) for one in dialogues}
        able = [one for one in dialogues if places[one.id]]
        if len(able) < n:
            raise SheetError(f"{side} has {len(able)} dialogues with such a turn; {n} are wanted")
        chosen = rng.sample(able, n)
        found += [Read(side, one, rng.choice(places[one.id])) for one in chosen]
    rng.shuffle(found)
    return found


def write(reads: Sequence[Read], sheet: Path, key: Path) -> None:
    """The sheet without sources, and the key with nothing but them."""
    with sheet.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(SHEET_COLUMNS)
        for number, read in enumerate(reads, start=1):
            before = read.dialogue.turns[max(0, read.at - CONTEXT) : read.at]
            told = "\n".join(map(_line, before))
            rows.writerow((number, told, _line(read.dialogue.turns[read.at]), ""))
    with key.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(KEY_COLUMNS)
        rows.writerows(
            (number, read.side, read.dialogue.id, read.at)
            for number, read in enumerate(reads, start=1)
        )


def count(sheet: Path, key: Path) -> Counted:
    """The marks of a sheet by side. Raises SheetError for a mark that is missing or unknown."""
    sides = {row["number"]: row["side"] for row in _rows(key, KEY_COLUMNS)}
    if unlike := set(sides.values()) ^ {SIMULATED, PEOPLE}:
        raise SheetError(f"{key}: the sides are {SIMULATED} and {PEOPLE}, not {min(unlike)!r}")
    marks: dict[str, list[bool]] = {SIMULATED: [], PEOPLE: []}
    for row in _rows(sheet, SHEET_COLUMNS):
        mark = row["coherent"].strip().lower()
        if mark not in MARKS:
            raise SheetError(
                f"{sheet}, turn {row['number']}: coherent is {mark!r}; it is one of "
                f"{', '.join(MARKS)}"
            )
        if row["number"] not in sides:
            raise SheetError(f"{sheet}, turn {row['number']}: {key} has no such number")
        marks[sides[row["number"]]].append(MARKS[mark])
    bad = {side: (found.count(False), len(found)) for side, found in marks.items()}
    (one, n), (other, m) = bad.values()
    if not n or not m:
        raise SheetError(f"{sheet} has no turn of one of the two sides")
    low, high = confint_proportions_2indep(one, n, other, m, method="newcomb", alpha=1 - LEVEL)
    return Counted(
        shares={side: share(k, of, "turns") for side, (k, of) in bad.items()},
        difference=missing(
            "not computed", "turns", estimator="difference of shares", n=n + m
        ).measured(one / n - other / m, float(low), float(high), "Newcombe"),
    )


def _places(dialogue: Dialogue, role: Role) -> list[int]:
    return [at for at, turn in enumerate(dialogue.turns) if at and turn.role is role]


def _line(turn: Turn) -> str:
    return f"{turn.role.value}: {' '.join(turn.text.split())}"


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV file. Raises SheetError if it can't be read or lacks a column."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise SheetError(f"{path} can't be read: {error.strerror}") from error
    if missing := [name for name in columns if rows and name not in rows[0]]:
        raise SheetError(f"{path} has no column {missing[0]!r}; it has {', '.join(rows[0])}")
    return rows
