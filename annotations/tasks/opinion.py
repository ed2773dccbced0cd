"""Findings of tasks without a ground truth: ratings, choices, preferences, agreement."""

from collections.abc import Sequence

import pandas as pd

from annotations.questions import Choice, Numbers, Question
from annotations.tasks.finding import Drawing, Finding
from backend.statistics.agreement import intraclass_correlations, krippendorff_alpha
from backend.statistics.bootstrap import Resampling
from backend.statistics.preference import strengths, win_matrix
from backend.statistics.quantity import Quantity
from backend.statistics.ratings import distribution, means, ordinal_contrasts
from backend.statistics.shares import counts, shares


def rating_findings(
    judgments: pd.DataFrame, form: Sequence[Question], *, seed: int
) -> list[Finding]:
    """For each scale: means per group, an ordinal check, agreement between raters."""
    how = Resampling(seed=seed)
    findings = []
    for question in form:
        if not isinstance(question, Numbers):
            continue
        frame = _answers(judgments, question)
        frame = frame.assign(question=question.id, value=frame["value"].astype(float))
        findings += [
            Finding(
                question.text,
                f"Mean on the scale {question.low} to {question.high}, every judgment weighing "
                "the same.",
                means(frame, how=how),
                reference=(question.low + question.high) / 2,
                counts=distribution(frame),
            ),
            Finding(
                f"Checks on {question.id}",
                "An ordinal model beside the means (log-odds of a higher rating than the "
                "reference group), and how far raters agree: alpha, and the reliability of one "
                "rating, ICC(1), and of a unit's mean, ICC(1,k).",
                [
                    *ordinal_contrasts(frame, how=how),
                    krippendorff_alpha(frame, "ordinal", how=how),
                    *intraclass_correlations(frame, how=how),
                ],
                drawing=Drawing.NUMBERS,
            ),
        ]
    return findings


def choice_findings(
    judgments: pd.DataFrame, form: Sequence[Question], *, seed: int
) -> list[Finding]:
    """For each choice: the share and the count of each option, per group."""
    how = Resampling(seed=seed)
    findings = []
    for question in form:
        if not isinstance(question, Choice):
            continue
        frame, options = _answers(judgments, question), list(question.options)
        meanings = "; ".join(f"{value}: {said}" for value, said in question.options.items())
        findings.append(
            Finding(
                question.text,
                f"The share of each answer, every judgment weighing the same. {meanings}.",
                shares(frame, options, how=how),
                counts=counts(frame, options),
            )
        )
    return findings


def _answers(judgments: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The answers to a question: rater, dialogue (the unit), system, value.

    The system of a pair is both groups.
    """
    mine = judgments[judgments["question"] == question.id]
    return pd.DataFrame(
        {
            "rater": mine["rater"],
            "dialogue": mine["unit"],
            "system": [" / ".join(groups) for groups in mine["groups"]],
            "value": mine["value"],
        }
    )


def preference_findings(
    judgments: pd.DataFrame, contrasts: Sequence[str], *, seed: int
) -> list[Finding]:
    """For each contrast: Bradley-Terry strengths and ranks with intervals, and the win matrix."""
    how = Resampling(seed=seed)
    findings = []
    for contrast in contrasts:
        mine = judgments[judgments["question"] == contrast]
        swapped = mine["swapped"].astype(bool)
        mirrored = mine["value"].map({"left": "right", "right": "left", "tie": "tie"})
        frame = pd.DataFrame(
            {
                "rater": mine["rater"],
                "dialogue": mine["unit"],
                "left": [groups[0] for groups in mine["groups"]],
                "right": [groups[1] for groups in mine["groups"]],
                "winner": mine["value"].where(~swapped, mirrored),
            }
        )
        found = strengths(frame, how=how)
        wins = win_matrix(frame).rename_axis("preferred over →").reset_index()
        findings += [
            Finding(
                f"Which is preferred: {contrast}",
                "Bradley-Terry log strengths, centred on 0: a difference is the log-odds of being "
                "preferred.",
                [e for e in found if e.quantity == Quantity.LOG_STRENGTH],
                reference=0.0,
                counts=wins,
            ),
            Finding(
                f"Ranks: {contrast}",
                "Rank 1 is preferred most; the interval is what resampled raters would give.",
                [e for e in found if e.quantity == Quantity.RANK],
                drawing=Drawing.RANKING,
            ),
        ]
    return findings
