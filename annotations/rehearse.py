"""Rehearsal: simulated raters of stated skill sent through the same assignment and submission code.

Simulated raters have a crowd of their own and are never pooled with people. They read nothing:
their answers are drawn from a stated model, so that a researcher sees whether the analysis
recovers the planted effects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import norm

from annotations import assignment, journey, quality, records
from annotations.conduct import Check
from annotations.live import lobby
from annotations.questions import NEVER, Choice, Numbers, Place, Question
from annotations.study import Study
from annotations.tasks.base import TaskBase, Unit
from annotations.tasks.conversation import LiveGame
from backend.database import Database


@dataclass(frozen=True)
class Skill:
    """Planted parameters of simulated raters.

    `dprime` and `criterion` are those of verdicts (equal-variance signal detection). `spread` is
    how far apart groups lie in ratings and preferences, in scale points or logits (a standard
    deviation), `dialogue_sd` how far apart the dialogues of one group lie, and `rater_sd` how far
    apart raters lie. With `dialogue_sd` raters agree on which dialogues are better, so that
    agreement, ceilings and correlations can be rehearsed. Verdicts do not depend on it: their d'
    is the planted one. `spammers` is
    the share of raters who read nothing: in turn they answer at random in haste, always give the
    same answers, or answer at random at normal speed. Honest raters pass a check with
    probability `care`.
    """

    dprime: float = 1.0
    criterion: float = 0.0
    spread: float = 0.6
    dialogue_sd: float = 0.5
    rater_sd: float = 0.4
    spammers: float = 0.0
    care: float = 0.97


@dataclass(frozen=True)
class Rehearsal:
    """Summary of a rehearsal. `quality` is the planted latent mean of each group, `spammers` the
    ids of the planted spammers."""

    crowd: str
    raters: int
    submissions: int
    skill: Skill
    quality: dict[str, float] = field(default_factory=dict)
    spammers: frozenset[str] = frozenset()


def rehearse(
    database: Database,
    study: Study,
    *,
    raters: int,
    seed: int,
    skill: Skill | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Rehearsal:
    """Send `raters` simulated raters through a stored study, until they finish or it is full.

    A second run with the same seed adds nothing: a rehearsal's raters have stable ids.
    """
    skill = skill or Skill()
    crowd = f"rehearsal-{seed}"
    planted: dict[str, float] = {}
    spammers: dict[str, str] = {}
    submissions = 0
    for number in range(raters):
        rng = np.random.default_rng([seed, number])
        leaning = float(rng.normal(0, skill.rater_sd))
        rater = f"{study.name}-{crowd}-{number}"
        if manner := _spams(seed, number, skill):
            spammers[rater] = manner
        journey.join(database, study, rater, crowd)
        journey.instructed(database, rater)
        for index, example in enumerate(study.practice):
            quality.practise(database, study, rater, index, example.answer)
            quality.practised(database, study, rater, index)
        if study.about:
            journey.tell_about(
                database,
                study,
                rater,
                _at_random(study.about, rng, _own_options),
            )
        while given := assignment.claim(database, study, rater):
            task: TaskBase = study.task(given.task)
            unit = records.unit(database, study.name, given.task, given.unit)
            if isinstance(task, LiveGame):
                given, unit = lobby.rehearse(database, task, given, unit)
            means = [
                planted.setdefault(group, _planted(group, seed, skill.spread)) + effect
                for group, effect in zip(unit.groups, _effects(unit, seed, skill), strict=True)
            ]
            offered = partial(task.options, unit=unit)
            form = task.questions_of(judge=True)
            if manner:
                answers = _first(form) if manner == "straight" else _at_random(form, rng, offered)
            elif unit.check is not None:
                answers = _at_random(form, rng, offered)
                if rng.random() < skill.care:
                    answers |= _right(study.checks[unit.check])
            else:
                answers = {
                    question.id: answer
                    for question in form
                    if (answer := _answer(question, task, unit, given, means, leaning, skill, rng))
                    is not None
                }
            assignment.submit(
                database,
                study,
                given,
                answers,
                key=given.next_key,
                seconds=float(rng.lognormal(np.log(task.seconds), 0.4))
                * (HASTE if manner == "hasty" else 1.0),
            )
            submissions += 1
        progress(number + 1)
    return Rehearsal(crowd, raters, submissions, skill, planted, frozenset(spammers))


#: Share of the expected time that a hasty spammer takes.
HASTE = 0.08

#: Behaviours of spammers, assigned in turn.
MANNERS = ("hasty", "straight", "random")


def _spams(seed: int, number: int, skill: Skill) -> str | None:
    """The rater's spamming behaviour, None if honest; the share of spammers is evenly spread."""
    before, after = int(number * skill.spammers), int((number + 1) * skill.spammers)
    return MANNERS[(seed + before) % len(MANNERS)] if after > before else None


def _first(form: Sequence[Question]) -> dict[str, Any]:
    first = {q.id: next(iter(q.options)) for q in form if isinstance(q, Choice | Numbers)}
    return {**first, **{q.id: NEVER for q in form if isinstance(q, Place)}}


def _at_random(
    form: Sequence[Question],
    rng: np.random.Generator,
    options: Callable[[Choice | Numbers | Place], list[str]],
) -> dict[str, Any]:
    return {
        q.id: str(rng.choice(options(q))) for q in form if isinstance(q, Choice | Numbers | Place)
    }


def _own_options(question: Choice | Numbers | Place) -> list[str]:
    return list(question.options)


def _right(check: Check) -> dict[str, Any]:
    return {
        name: right[0] if isinstance(right, list) else right
        for name, right in check.answers.items()
    }


def _planted(name: str, seed: int, spread: float) -> float:
    """The latent mean of a group or dialogue: the same for all raters of a rehearsal."""
    key = [seed, *name.encode()]
    return float(np.random.default_rng(key).normal(0, spread))


def _effects(unit: Unit, seed: int, skill: Skill) -> list[float]:
    """How far each side's dialogue lies from its group; a chat to come lies where its unit does."""
    names = (
        unit.dialogues if len(unit.dialogues) == len(unit.groups) else [unit.id] * len(unit.groups)
    )
    return [_planted(f"dialogue {name}", seed, skill.dialogue_sd) for name in names]


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
    if isinstance(question, Place):
        return _place(task.options(question, unit), truth, skill, rng)
    if isinstance(question, Choice) and truth is not None:
        return _verdict(question, truth, skill, rng)
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


def _verdict(question: Choice, truth: str, skill: Skill, rng: np.random.Generator) -> str:
    """One verdict: 2AFC in pairs (p = Phi(d'/sqrt 2)), yes-no with a criterion otherwise."""
    wrong = next(option for option in question.options if option != truth)
    if "left" in question.options:
        return truth if rng.random() < norm.cdf(skill.dprime / sqrt(2)) else wrong
    evidence = rng.normal(skill.dprime / 2 if truth == "simulated" else -skill.dprime / 2)
    return "simulated" if evidence > skill.criterion else "human"


def _place(
    options: Sequence[str], truth: str | None, skill: Skill, rng: np.random.Generator
) -> str:
    """The place with most evidence: d' is added at the true one, half of d' one seeker turn off."""
    evidence = rng.normal(size=len(options))
    if truth is not None:
        at = options.index(truth)
        evidence[at] += skill.dprime
        near = [place for place in (at - 1, at + 1) if 0 <= place < len(options) - 1]
        evidence[near if truth != NEVER else []] += skill.dprime / 2
    return options[int(evidence.argmax())]
