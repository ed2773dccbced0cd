"""Reliability of each rater: gold screens, attention checks, agreement, flags, exclusion rules.

A flag is an observation and excludes nobody. Only a rule of the protocol or a person excludes.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from annotations import records
from annotations.conduct import ExclusionRule
from annotations.questions import Numbers, Text
from annotations.study import Study
from annotations.tasks.base import TaskBase
from backend.database import Database
from backend.pool import Pool

#: Minimum number of screens for a flag on speed or straight-lining; one click must not set it.
SCREENS = 4

#: Free text with fewer characters is not checked: short answers are alike by chance.
CHARACTERS = 20


@dataclass(frozen=True)
class Vetted:
    """The reliability of one rater. A measure is None where there was nothing to count.

    `flags` maps each flag (`hasty`, `straight`, `pasted`, `duplicate`) to the evidence for it.
    """

    rater: str
    number: int
    screens: int
    gold_passed: int
    gold: int
    attention_failed: int
    attention: int
    agreement: float | None
    seconds: float | None
    flags: dict[str, str]
    excluded: bool


def vet(database: Database, study: Study, crowd: str = records.PEOPLE) -> list[Vetted]:
    """Every rater of a crowd who has judged anything, by number."""
    people = records.raters(database, study.name, crowd)
    held = records.judgments(database, study.name, crowd, with_excluded=True)
    checks = _checks(database, study, crowd)
    screens = held.drop_duplicates("assignment")
    agreement = _agreement(study, held)
    flags = {
        "hasty": _hasty(study, screens),
        "straight": _straight(study, held),
        "pasted": _pasted(database, study, held),
        "duplicate": _duplicates(database, study, crowd),
    }
    found = []
    for person in people.to_dict("records"):
        rater = str(person["rater"])
        mine = screens[screens["rater"] == rater]
        gold = [passed for kind, passed in checks.get(rater, []) if kind == "gold"]
        attention = [passed for kind, passed in checks.get(rater, []) if kind != "gold"]
        if mine.empty and not gold and not attention:
            continue
        found.append(
            Vetted(
                rater=rater,
                number=int(person["number"]),
                screens=len(mine),
                gold_passed=sum(gold),
                gold=len(gold),
                attention_failed=len(attention) - sum(attention),
                attention=len(attention),
                agreement=agreement.get(rater),
                seconds=None if mine.empty else float(mine["seconds"].median()),
                flags={name: by[rater] for name, by in flags.items() if rater in by},
                excluded=bool(person["excluded"]),
            )
        )
    return found


def due(database: Database, study: Study, vetted: list[Vetted]) -> dict[int, str]:
    """Raters whom `apply_rules` would newly exclude: rater number to reason."""
    recorded = {(row["rater"], row["rule"]) for row in database.rows(_RECORDED, [study.name])}
    why: dict[int, list[str]] = {}
    for one, _, reason in _named(study, vetted, recorded):
        why.setdefault(one.number, []).append(reason)
    return {number: "; ".join(reasons) for number, reasons in why.items()}


_RECORDED = "SELECT rater, rule FROM exclusions WHERE study = ? AND rater NOTNULL"


def _named(
    study: Study, vetted: list[Vetted], recorded: set[tuple[str, str]]
) -> Iterator[tuple[Vetted, str, str]]:
    """Each exclusion that a rule demands and has not made before: rater, rule name, reason."""
    before = set(recorded)
    for one in vetted:
        for rule in study.quality.rules:
            reason = broken(rule, one)
            if reason and (one.rater, rule.name) not in before:
                before.add((one.rater, rule.name))
                yield one, rule.name, reason


def broken(rule: ExclusionRule, one: Vetted) -> str | None:
    """Return why a rule of the protocol excludes this rater, or None."""
    if rule.gold_below is not None:
        if one.gold >= rule.of and one.gold_passed / one.gold < rule.gold_below:
            return f"passed {one.gold_passed} of {one.gold} gold screens, under {rule.gold_below:g}"
    elif rule.attention_failed is not None:
        if one.attention_failed >= rule.attention_failed:
            return f"failed {one.attention_failed} of {one.attention} attention checks"
    elif rule.flags is not None and len(one.flags) >= rule.flags:
        return "flags: " + "; ".join(f"{name}: {seen}" for name, seen in one.flags.items())
    return None


def apply_rules(
    database: Database, study: Study, crowd: str = records.PEOPLE, *, who: str = "protocol"
) -> list[int]:
    """Exclude raters by the protocol's rules; return the numbers of the newly excluded.

    A rater whom the same rule has excluded before is skipped, even if a person has revoked the
    exclusion since.
    """
    vetted = vet(database, study, crowd)
    with database.writing() as db:
        recorded = set(db.conn.execute(_RECORDED, [study.name]).fetchall())
        named = list(_named(study, vetted, recorded))
        for one, rule, reason in named:
            db.conn.execute(
                "INSERT INTO exclusions (study, rater, rule, reason, who, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [study.name, one.rater, rule, reason, who, time.time()],
            )
    return sorted({one.number for one, _, _ in named})


def _checks(database: Database, study: Study, crowd: str) -> dict[str, list[tuple[str, bool]]]:
    """For each rater, the kind of each check they had and whether they passed it."""
    rows = database.rows(
        "SELECT rater, assignment, unit, question, number, text, turns, purpose "
        "FROM held_judgments WHERE study = ? AND crowd = ? AND purpose IN ('gold', 'attention')",
        [study.name, crowd],
    )
    said: dict[tuple[str, int, str, str], dict[str, object]] = {}
    for row in rows:
        answer = row["text"] if row["text"] is not None else row["number"]
        key = (row["rater"], row["assignment"], row["unit"], row["purpose"])
        said.setdefault(key, {})[row["question"]] = answer
    found: dict[str, list[tuple[str, bool]]] = {}
    for (rater, _, unit, purpose), answers in said.items():
        check = study.checks[int(unit.rpartition("-")[2])]
        found.setdefault(rater, []).append((purpose, check.passed(answers)))
    return found


def _hasty(study: Study, screens: pd.DataFrame) -> dict[str, str]:
    least = {task.id: study.quality.fast * task.seconds for task in study.tasks}
    fast = screens["seconds"] < screens["task"].map(least)
    found = {}
    for rater, mine in fast.groupby(screens["rater"]):
        if len(mine) >= SCREENS and mine.mean() > 0.5:
            found[str(rater)] = (
                f"{int(mine.sum())} of {len(mine)} screens in less than "
                f"{study.quality.fast:.0%} of the expected time"
            )
    return found


def _straight(study: Study, held: pd.DataFrame) -> dict[str, str]:
    """Flag raters who answer all closed questions alike on nearly every screen of a task."""
    found = {}
    for task in study.tasks:
        closed = [question.id for question in task.form() if question.closed]
        mine = held[(held["task"] == task.id) & held["question"].isin(closed)]
        for rater, own in mine.groupby("rater"):
            sheets = Counter(
                tuple(sorted(zip(sheet["question"], map(str, sheet["value"]), strict=True)))
                for _, sheet in own.groupby("assignment")
            )
            (_, most), total = sheets.most_common(1)[0], sheets.total()
            # With one question the same answer everywhere is unlikely only over many screens.
            enough = SCREENS if len(closed) > 1 else 2 * SCREENS
            if total >= enough and most / total >= study.quality.straight:
                found[str(rater)] = f"the same answers on {most} of {total} screens of {task.id}"
    return found


def _pasted(database: Database, study: Study, held: pd.DataFrame) -> dict[str, str]:
    """Flag free text sent too fast to be typed, or equal to the transcript's or another rater's."""
    free = {
        (task.id, question.id)
        for task in study.tasks
        for question in task.form()
        if isinstance(question, Text)
    }
    # As arrays of booleans: an empty list would choose no columns instead of no rows.
    pairs = zip(held["task"], held["question"], strict=True)
    texts = held[np.array([pair in free for pair in pairs], dtype=bool)]
    long = [len(str(value)) >= CHARACTERS for value in texts["value"]]
    texts = texts[np.array(long, dtype=bool)]
    if texts.empty:
        return {}
    shown = _shown(database, texts)
    writers = texts.groupby(texts["value"].astype(str))["rater"].nunique()
    found: dict[str, str] = {}
    for row in texts.to_dict("records"):
        text, seconds, rater = str(row["value"]), float(row["seconds"]), str(row["rater"])
        if seconds > 0 and len(text) / seconds > study.quality.characters_a_second:
            found[rater] = f"{len(text)} characters of free text in {seconds:.0f} s"
        elif writers[text] > 1:
            found[rater] = "free text that another rater sent word for word"
        elif any(text in said for said in shown.get(int(row["assignment"]), ())):
            found[rater] = "free text copied from the transcript"
    return found


def _shown(database: Database, texts: pd.DataFrame) -> dict[int, list[str]]:
    wanted = {dialogue for dialogues in texts["dialogues"] for dialogue in dialogues}
    dialogues = Pool(database).get_many(sorted(wanted))
    return {
        int(row["assignment"]): [t.text for d in row["dialogues"] for t in dialogues[d].turns]
        for row in texts.to_dict("records")
    }


def _duplicates(database: Database, study: Study, crowd: str) -> dict[str, str]:
    """Flag raters who share a device and network, where the protocol asks for device hashes."""
    rows = database.rows(
        "SELECT device, json_group_array(id) AS raters FROM raters WHERE study = ? AND crowd = ? "
        "AND device NOTNULL AND withdrawn_at IS NULL GROUP BY device HAVING count(*) > 1",
        [study.name, crowd],
    )
    return {
        rater: f"the same device and network as {len(same) - 1} other rater(s)"
        for row in rows
        for same in [json.loads(row["raters"])]
        for rater in same
    }


def _agreement(study: Study, held: pd.DataFrame) -> dict[str, float]:
    """Mean agreement of each rater with the others who judged the same units, from 0 to 1.

    For closed questions: the share of others with the same answer; for scales, one minus the
    distance as a share of the scale. Swapped pairs are put in their own order before comparison.
    """
    per_rater: dict[str, list[float]] = {}
    for task in study.tasks:
        for question in task.form():
            if not question.closed:
                continue
            mine = held[(held["task"] == task.id) & (held["question"] == question.id)]
            width = question.high - question.low if isinstance(question, Numbers) else 0
            for _, unit in mine.groupby("unit"):
                said: list[Any] = [
                    _unswapped(task, value, bool(swapped))
                    for value, swapped in zip(unit["value"], unit["swapped"], strict=True)
                ]
                for index, rater in enumerate(unit["rater"]):
                    others = said[:index] + said[index + 1 :]
                    if not others:
                        continue
                    alike = (
                        [1 - abs(said[index] - other) / width for other in others]
                        if width
                        else [float(said[index] == other) for other in others]
                    )
                    per_rater.setdefault(rater, []).append(sum(alike) / len(alike))
    return {rater: sum(values) / len(values) for rater, values in per_rater.items()}


def _unswapped(task: TaskBase, value: object, swapped: bool) -> object:
    mirrored = {"left": "right", "right": "left"}
    return mirrored.get(str(value), value) if swapped else value
