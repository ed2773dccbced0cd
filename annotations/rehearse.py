"""Rehearsal: simulated raters of stated skill sent through the same assignment and submission code.

Marked by their crowd and never pooled with people. They read nothing: their answers are drawn
from a stated model, so a researcher sees whether the analysis finds what was planted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import norm

from annotations import assignment, quality, records
from annotations.questions import Choice, Numbers, Question
from annotations.study import Study
from annotations.tasks.base import Layout, TaskBase, Unit
from backend.database import Database


@dataclass(frozen=True)
class Skill:
    """What is planted: d' and criterion of verdicts (equal-variance signal detection), and how
    far apart groups lie in ratings and preferences, in scale points or logits."""

    dprime: float = 1.0
    criterion: float = 0.0
    spread: float = 0.6
    rater_sd: float = 0.4


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal did. `quality` is the planted latent mean of each group."""

    crowd: str
    raters: int
    submissions: int
    skill: Skill
    quality: dict[str, float] = field(default_factory=dict)


def rehearse(
    database: Database,
    study: Study,
    *,
    raters: int,
    seed: int,
    skill: Skill | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Rehearsal:
    """Send `raters` simulated raters through a stored study, until done or it is full.

    A second run with the same seed adds nothing: a rehearsal's raters have stable ids.
    """
    skill = skill or Skill()
    crowd = f"rehearsal-{seed}"
    planted: dict[str, float] = {}
    submissions = 0
    for number in range(raters):
        rng = np.random.default_rng([seed, number])
        leaning = float(rng.normal(0, skill.rater_sd))
        rater = f"{study.name}-{crowd}-{number}"
        assignment.join(database, study, rater, crowd)
        assignment.instructed(database, rater)
        for index, example in enumerate(study.practice):
            quality.practise(database, study, rater, index, example.answer)
            quality.practised(database, rater, index)
        while given := assignment.claim(database, study, rater):
            task: TaskBase = study.task(given.task)
            unit = records.unit(database, study.name, given.task, given.unit)
            means = [
                planted.setdefault(group, _planted(group, seed, skill)) for group in unit.groups
            ]
            answers = {
                question.id: answer
                for question in task.form()
                if (answer := _answer(question, task, unit, given, means, leaning, skill, rng))
                is not None
            }
            assignment.submit(
                database,
                study,
                given,
                answers,
                key=given.next_key,
                seconds=float(rng.lognormal(np.log(task.seconds), 0.4)),
            )
            submissions += 1
        progress(number + 1)
    return Rehearsal(crowd, raters, submissions, skill, planted)


def _planted(group: str, seed: int, skill: Skill) -> float:
    key = [seed, *group.encode()]
    return float(np.random.default_rng(key).normal(0, skill.spread))


def _answer(
    question: Question,
    task: TaskBase,
    unit: Unit,
    given: assignment.Assignment,
    means: list[float],
    leaning: float,
    skill: Skill,
    rng: np.random.Generator,
) -> Any:
    truth = task.truth(unit, swapped=given.swapped).get(question.id)
    if isinstance(question, Choice) and truth is not None:
        return _verdict(question, truth, task.layout, skill, rng)
    if isinstance(question, Choice) and {"left", "right"} <= set(question.options):
        gap = (means[0] - means[1]) * (-1 if given.swapped else 1) + rng.logistic()
        if "tie" in question.options and abs(gap) < 0.4:
            return "tie"
        return "left" if gap > 0 else "right"
    if isinstance(question, Choice):
        return str(rng.choice(list(question.options)))
    if isinstance(question, Numbers):
        middle = (question.low + question.high) / 2
        value = middle + means[0] + leaning + rng.normal(0, 0.8)
        return int(np.clip(round(value), question.low, question.high))
    return None


def _verdict(
    question: Choice, truth: str, layout: Layout, skill: Skill, rng: np.random.Generator
) -> str:
    """One verdict: 2AFC in pairs (p = Phi(d'/sqrt 2)), yes-no with a criterion otherwise."""
    wrong = next(option for option in question.options if option != truth)
    if layout is Layout.PAIR:
        return truth if rng.random() < norm.cdf(skill.dprime / sqrt(2)) else wrong
    evidence = rng.normal(skill.dprime / 2 if truth == "simulated" else -skill.dprime / 2)
    return "simulated" if evidence > skill.criterion else "human"
