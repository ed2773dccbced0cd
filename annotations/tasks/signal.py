"""Findings of tasks with a ground truth: discrimination, forced choice, position of marks."""

import pandas as pd

from annotations.tasks.finding import Drawing, Finding
from backend.dialogue import Origin
from backend.statistics.agreement import krippendorff_alpha, percent_agreement
from backend.statistics.bootstrap import Resampling
from backend.statistics.choices import compare, position_bias
from backend.statistics.discrimination import identify
from backend.statistics.equivalence import equivalence
from backend.statistics.estimate import Estimate
from backend.statistics.latent import dawid_skene_accuracy
from backend.statistics.quantity import Quantity

#: Maximum number of judgments for which the crowd's verdict is estimated: more take minutes.
MOST = 50_000


def verdicts_on_one(judgments: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """Verdicts `human` or `simulated` on one partner each, in the form for `statistics.identify`.

    `judgments` is as in `TaskBase.analyse`. `unit` is the column that identifies what was judged:
    judgments of the same unit are resampled together. The result has a confidence column if the
    question was asked.
    """
    verdicts = judgments[judgments["question"] == "verdict"]
    simulated = [origins[0] == Origin.SIMULATED for origins in verdicts["origins"]]
    frame = pd.DataFrame(
        {
            "rater": verdicts["rater"],
            "dialogue": verdicts[unit].astype("str"),
            "system": [
                groups[0] if signal else None
                for groups, signal in zip(verdicts["groups"], simulated, strict=True)
            ],
            "simulated": simulated,
            "said_simulated": verdicts["value"] == "simulated",
        }
    )
    sure = judgments[judgments["question"] == "confidence"].set_index("assignment")["value"]
    if not sure.empty:
        frame["confidence"] = verdicts["assignment"].map(sure).astype(float)
    return frame


def discrimination_findings(
    frame: pd.DataFrame, *, seed: int, equivalent: float | None
) -> list[Finding]:
    """d', rates, criterion and agreement of `identify`; columns as in `statistics.identify`.

    `equivalent` is the d' below which systems count as indistinguishable, tested by TOST.
    """
    how = Resampling(seed=seed)
    found = identify(frame, how=how)
    said = frame.rename(columns={"said_simulated": "value"})
    counts = frame.assign(system=frame["system"].fillna("(reference side)"))
    table = counts.groupby(["system", "said_simulated"]).size().unstack(fill_value=0)
    table = table.rename(columns={True: "said simulated", False: "said human"}).reset_index()
    return [
        Finding(
            "Can raters tell?",
            "d' is 0 when raters can't tell a system's seekers from the reference side, and grows "
            "as they can. Each system is set against all reference dialogues.",
            _of(found, Quantity.DPRIME),
            reference=0.0,
            counts=table,
            caveats=_equivalences(_of(found, Quantity.DPRIME), equivalent),
        ),
        Finding(
            "Who is fooled?",
            "The share of judgments on a system's dialogues that took its seeker for a person.",
            _of(found, Quantity.FOOLED_RATE),
            reference=0.5,
        ),
        Finding(
            "How right are raters?",
            "Accuracy over both sides, twice: with an interval that allows for raters and "
            "dialogues, and with Wilson's, which takes every judgment as independent.",
            _of(found, Quantity.ACCURACY),
            reference=0.5,
        ),
        Finding(
            "Which way do raters lean?",
            "Criterion c is above 0 when raters lean to 'human', below 0 to 'simulated'.",
            _of(found, Quantity.CRITERION),
            reference=0.0,
        ),
        Finding(
            "Rates, and what confidence adds",
            "Hit and false-alarm rates behind d', and the area under the rating ROC where the "
            "study asks for confidence.",
            _of(found, Quantity.HIT_RATE, Quantity.FALSE_ALARM_RATE, Quantity.AREA),
            drawing=Drawing.NUMBERS,
        ),
        _agreement(said, how),
    ]


def forced_choice_findings(
    frame: pd.DataFrame, *, seed: int, equivalent: float | None
) -> list[Finding]:
    """Proportion correct, d', fooled rate and position bias of `compare`."""
    how = Resampling(seed=seed)
    found = compare(frame.drop(columns="side"), how=how)
    return [
        Finding(
            "Is the person found?",
            "The share of pairs in which the person's side was named. Chance is 0.5.",
            _of(found, Quantity.PROPORTION_CORRECT),
            reference=0.5,
        ),
        Finding(
            "Can raters tell the pair apart?",
            "d' from forced choice, sqrt(2) z(proportion correct): comparable across tasks.",
            _of(found, Quantity.DPRIME),
            reference=0.0,
            caveats=_equivalences(_of(found, Quantity.DPRIME), equivalent),
        ),
        Finding(
            "Who is fooled?",
            "The share of pairs in which the simulator was taken for the person; 0.5 is a pass.",
            _of(found, Quantity.FOOLED_RATE),
            reference=0.5,
        ),
        Finding(
            "Does the side matter?",
            "How often one side was chosen, whichever stood there. 0.5 is no position bias.",
            position_bias(frame, how=how),
            drawing=Drawing.NUMBERS,
        ),
    ]


def _agreement(frame: pd.DataFrame, how: Resampling) -> Finding:
    """Krippendorff's alpha and percent agreement of columns dialogue, rater, value."""
    return Finding(
        "Do raters agree?",
        "Among raters of the same unit. Low agreement bounds what any metric can correlate with.",
        [krippendorff_alpha(frame, how=how), percent_agreement(frame, how=how)],
        drawing=Drawing.NUMBERS,
    )


def crowd_finding(frame: pd.DataFrame, truth: dict[str, str], *, seed: int) -> list[Finding]:
    """How often the crowd as a whole is right on a unit: by majority, and by Dawid and Skene.

    `frame` has columns rater, dialogue, value (the verdict as a text). The list is empty if no
    unit has two judgments, or if there are more than `MOST`: each interval takes many fits.
    """
    shared = frame.groupby("dialogue")["rater"].nunique()
    if shared.empty or shared.max() < 2 or len(frame) > MOST:
        return []
    explanation = (
        "The share of units on which the crowd's verdict is the right one. Dawid and Skene (1979) "
        "weigh each rater by how their answers agree with everybody's, without knowing the truth."
    )
    found = dawid_skene_accuracy(frame, truth, how=Resampling(seed=seed))
    return [Finding("What does the crowd say together?", explanation, found, reference=0.5)]


def marks_finding(judgments: pd.DataFrame) -> list[Finding]:
    """Count the marks 'this is where I knew' by turn; an empty list if there are none."""
    marks = judgments[judgments["question"] == "marks"]
    if marks.empty:
        return []
    each = marks.explode("value")
    table = (
        each.assign(
            group=[groups[0] for groups in each["groups"]], turn=each["value"].astype(int) + 1
        )
        .groupby(["group", "turn"])
        .size()
        .rename("marks")
        .reset_index()
    )
    explanation = f"{len(marks)} screens with marks; turns are numbered from 1 in the dialogue."
    return [
        Finding("Where did raters know?", explanation, [], drawing=Drawing.NUMBERS, counts=table)
    ]


def _of(found: list[Estimate], *quantities: Quantity) -> list[Estimate]:
    return [estimate for estimate in found if estimate.quantity in quantities]


def _equivalences(found: list[Estimate], bound: float | None) -> list[str]:
    """One sentence per group on whether TOST shows equivalence (a large p never shows it)."""
    if bound is None:
        return []
    sentences = []
    for estimate in found:
        tested = equivalence(estimate, -bound, bound)
        who = estimate.group or "all systems together"
        if tested.p is None:
            sentences.append(f"{who}: equivalence can't be tested: {tested.missing}")
        else:
            verdict = "shown" if tested.indistinguishable else "not shown"
            sentences.append(
                f"{who}: indistinguishable within ±{bound:g} d' {verdict} "
                f"(TOST, p = {tested.p:.3f}, n = {tested.n})"
            )
    return sentences
