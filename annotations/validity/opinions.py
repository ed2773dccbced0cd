"""Human ratings as data points for correlation: from studies, and from labels of corpora."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from annotations import records
from annotations.study import Study
from annotations.tasks.base import NumericAnswer, StudyError
from backend.database import Database
from backend.pool import Pool
from backend.statistics.bootstrap import Resampling
from backend.statistics.correlation import Level
from backend.statistics.estimate import Estimate
from backend.statistics.reliability import reliability
from backend.statistics.resampling import missing


@dataclass(frozen=True)
class Opinion:
    """A question people answered about dialogues or turns.

    `source` is a corpus (labels that came with it) or a study's task. `high` and `low` bound its
    scale where that is known. For `pairs`, the answer is how much the first dialogue is preferred,
    from -1 to 1, and a metric's value is that of the first dialogue minus that of the second.
    """

    source: str
    question: str
    per_turn: bool
    study: str | None = None
    task: str | None = None
    low: float | None = None
    high: float | None = None
    pairs: bool = False

    def __str__(self) -> str:
        return f"{self.source}: {self.question}{' (per turn)' if self.per_turn else ''}"


def opinions(database: Database, study: str | None = None) -> list[Opinion]:
    """The questions that a study's raters answer in numbers, or those of imported labels.

    Raises StudyError if there is no such study.
    """
    if study is None:
        return _labelled(database)
    return [
        Opinion(
            task.title, answer.name, False, study, task.id, answer.low, answer.high, answer.pairs
        )
        for task in records.study(database, study).tasks
        for answer in task.numeric_answers()
    ]


def named(found: Iterable[Opinion], question: str, source: str | None = None) -> Opinion:
    """Return the opinion on a question. Raises StudyError, which lists the questions found."""
    there = list(found)
    for one in there:
        if one.question == question and source in {None, one.source, one.task}:
            return one
    names = ", ".join(dict.fromkeys(one.question for one in there)) or "none"
    raise StudyError(f"no question {question!r} that is answered in numbers; there are: {names}")


def said(
    database: Database, opinion: Opinion, *, crowd: str = records.PEOPLE, excluded: bool = False
) -> pd.DataFrame:
    """Every answer: dialogue, turn, system, rater (missing where only means were released), value.

    `system` is the judged system: in a study the group, else the simulated side of the dialogue.
    For a pair, `dialogue` is the unit's first dialogue and `second` the one it was compared with;
    other answers have no `second`.
    """
    if opinion.study is None:
        return _labels(database, opinion)
    judged = records.judgments(database, opinion.study, crowd, with_excluded=excluded)
    mine = judged[judged["task"] == opinion.task]
    answer = _numeric(records.study(database, opinion.study), opinion)
    mine = mine[mine["question"] == answer.question]
    values = mine["value"] if answer.values is None else mine["value"].map(answer.values)
    if answer.pairs:
        return _preferences(mine, values.astype(float))
    return _typed(
        {
            "dialogue": [dialogues[0] for dialogues in mine["dialogues"]],
            "turn": pd.array([pd.NA] * len(mine), dtype="Int64"),
            "system": [groups[0] for groups in mine["groups"]],
            "rater": mine["rater"].to_numpy(),
            "value": values.astype(float).to_numpy(),
        }
    )


def _numeric(study: Study, opinion: Opinion) -> NumericAnswer:
    """The task's description of the answer behind an opinion. Raises StudyError."""
    for task in study.tasks:
        for answer in task.numeric_answers() if task.id == opinion.task else []:
            if answer.name == opinion.question:
                return answer
    raise StudyError(f"study {study.name!r} asks no {opinion.question!r} in {opinion.task!r}")


def _preferences(mine: pd.DataFrame, said: "pd.Series[float]") -> pd.DataFrame:
    """Numbers for pairs as shown, turned into numbers for the unit's first dialogue."""
    return _typed(
        {
            "dialogue": [dialogues[0] for dialogues in mine["dialogues"]],
            "second": [dialogues[1] for dialogues in mine["dialogues"]],
            "turn": pd.array([pd.NA] * len(mine), dtype="Int64"),
            "system": [" / ".join(groups) for groups in mine["groups"]],
            "rater": mine["rater"].to_numpy(),
            "value": said.where(~mine["swapped"].astype(bool), -said).to_numpy(),
        }
    )


def points(answers: pd.DataFrame, *, per_turn: bool) -> pd.DataFrame:
    """Mean answer per unit: unit, dialogue, turn, system, human, raters (how many answered).

    Pairs have `second`, too.
    """
    keys = ["dialogue", "turn"] if per_turn else ["dialogue"]
    keys += ["second"] if "second" in answers else []
    grouped = answers.groupby(keys, sort=True, dropna=False)
    found = grouped.agg(
        system=("system", "first"), human=("value", "mean"), raters=("value", "size")
    ).reset_index()
    if not per_turn:
        found["turn"] = pd.array([pd.NA] * len(found), dtype="Int64")
    found["unit"] = _unit(found, per_turn)
    return found


def reliability_of(answers: pd.DataFrame, *, level: Level, how: Resampling) -> Estimate:
    """Reliability of the mean answers at a level, which bounds what any metric can reach.

    Answers are as `said` returns them: of turns or of dialogues, whichever people were asked about.
    """
    if answers["rater"].isna().any():
        return missing(
            "only means over raters were released",
            "judgments",
            estimator="1 - variance of raters' error / variance of the means",
            n=len(answers),
            quantity=f"reliability of the means, {level} level",
        )
    rated = answers.assign(unit=_unit(answers, bool(answers["turn"].notna().any())))
    if "second" in answers:
        rated["dialogue"] = rated["unit"]
    return reliability(rated, level=level, how=how)


def _typed(columns: dict[str, Any]) -> pd.DataFrame:
    """Return answers as a frame whose columns have their types even if it is empty."""
    frame = pd.DataFrame(columns)
    texts = [name for name in ("dialogue", "second", "system", "rater") if name in frame]
    return frame.astype({**dict.fromkeys(texts, "str"), "value": float})


def _unit(frame: pd.DataFrame, per_turn: bool) -> "pd.Series[str]":
    """A name for each unit; an empty column for an empty frame."""
    unit = frame["dialogue"].astype("str")
    if per_turn:
        unit = unit + "#" + frame["turn"].astype("Int64").astype("str")
    if "second" in frame:
        unit = unit + "-" + frame["second"].astype("str")
    return unit


def _labelled(database: Database) -> list[Opinion]:
    return [
        Opinion(
            row["corpus"], row["question"], bool(row["per_turn"]), low=row["low"], high=row["high"]
        )
        for row in Pool(database).label_questions()
    ]


def _labels(database: Database, opinion: Opinion) -> pd.DataFrame:
    labels = Pool(database).labels()
    labels = labels[
        (labels["corpus"] == opinion.source)
        & (labels["question"] == opinion.question)
        & labels["number"].notna()
        & (labels["turn"].notna() == opinion.per_turn)
    ]
    frame = Pool(database).frame().set_index("id")
    systems = frame["recommender_system"].fillna(frame["seeker_system"])
    return _typed(
        {
            "dialogue": labels["dialogue"].to_numpy(),
            "turn": labels["turn"].astype("Int64").to_numpy(),
            "system": labels["dialogue"].map(systems).to_numpy(),
            "rater": labels["rater"].to_numpy(),
            "value": labels["number"].astype(float).to_numpy(),
        }
    )
