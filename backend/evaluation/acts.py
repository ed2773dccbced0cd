"""Accuracy of the rule-based act reader on IARD's human labels, which are not used for training."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from backend.catalogue import Catalogue
from backend.corpora import ImportReport, reader
from backend.dialogue import ActKind, Dialogue, Role, Turn, merged
from backend.language.act_reader import Labeller
from backend.language.pieces import Form
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import (
    RESAMPLES,
    bootstrap_over,
    missing,
    ratio,
    with_percentiles,
)

#: Turns that an act needs to count in the macro-F1.
MIN_TURNS = 30

#: What IARD calls 'others': greetings, thanks, goodbyes and small talk.
OTHERS: Mapping[Role, frozenset[ActKind]] = {
    Role.SEEKER: frozenset({ActKind.GREET, ActKind.BYE, ActKind.ACKNOWLEDGE, ActKind.CHAT}),
    Role.RECOMMENDER: frozenset({ActKind.GREET, ActKind.BYE, ActKind.CHAT}),
}

Key = tuple[Role, ActKind]


class Half(StrEnum):
    """Which dialogues are measured: those the rules were written on, the others, or all."""

    DEVELOPMENT = "development"
    REPORT = "report"
    ALL = "all"


@dataclass(frozen=True)
class ActRow:
    """Agreement on one act: turns that carry it by hand, precision, recall, and F1."""

    n: int
    precision: float
    recall: float
    f1: Estimate


@dataclass(frozen=True)
class Agreement:
    """Agreement by role and act, and the mean F1 of acts with at least `MIN_TURNS` turns."""

    rows: dict[Key, ActRow]
    macro: Estimate


def agreement(
    iard: Path, redial: Path | None, catalogue: Catalogue, half: Half = Half.ALL, seed: int = 11
) -> Agreement:
    """The acts read by rule compared with those labelled by hand, turn by turn.

    With `redial`, the reader has the workers' forms of the dialogues found there, as it does when
    training data is prepared. Intervals resample dialogues. Raises CorpusError.
    """
    forms = _forms(redial) if redial else {}
    dialogues = part_of([e.dialogue for e in reader("iard")(iard, ImportReport())], half, seed)
    counts = [
        _counts(d, forms.get(str(d.provenance.notes.get("redial_conversation")), {}), catalogue)
        for d in dialogues
    ]
    rows = {}
    for key in ((role, kind) for role in Role for kind in ActKind):
        cells = [count.get(key, (0, 0, 0)) for count in counts]
        hits, wrong, missed = (sum(column) for column in zip(*cells, strict=True))
        if n := hits + missed:
            f1 = ratio([(2 * h, 2 * h + w + m) for h, w, m in cells], "turns")
            f1 = f1.model_copy(update={"n": n, "estimator": "F1"})
            rows[key] = ActRow(
                n,
                hits / max(1, hits + wrong),
                hits / n,
                f1,
            )
    often = [key for key, row in rows.items() if row.n >= MIN_TURNS]
    return Agreement(rows, _macro(counts, often))


def part_of(dialogues: Sequence[Dialogue], half: Half, seed: int) -> list[Dialogue]:
    """One half of the dialogues, drawn by seed from their ids, or all."""
    ordered = sorted(dialogues, key=lambda dialogue: dialogue.provenance.source_id)
    random.Random(seed).shuffle(ordered)
    middle = len(ordered) // 2
    if half is Half.DEVELOPMENT:
        return ordered[:middle]
    return ordered[middle:] if half is Half.REPORT else ordered


def _forms(redial: Path) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for entry in reader("redial")(redial, ImportReport()):
        given = entry.dialogue.provenance.notes.get("initiator_form")
        if isinstance(given, dict):
            forms[entry.dialogue.provenance.source_id] = given  # type: ignore[assignment]
    return forms


def _counts(
    dialogue: Dialogue, form: Form, catalogue: Catalogue
) -> dict[Key, tuple[int, int, int]]:
    """Role and act -> turns where both say so, where the rule alone does, where the hand does."""
    counts: dict[Key, tuple[int, int, int]] = {}
    read = Labeller(catalogue, form).label(dialogue.turns)
    for by_hand, by_rule in zip(merged(dialogue.turns), read, strict=True):
        gold, said = _kinds(by_hand), _kinds(by_rule)
        for kind in gold | said if gold else ():
            hits, wrong, missed = counts.get((by_hand.role, kind), (0, 0, 0))
            counts[by_hand.role, kind] = (
                hits + (kind in gold and kind in said),
                wrong + (kind not in gold),
                missed + (kind not in said),
            )
    return counts


def _kinds(turn: Turn) -> set[ActKind]:
    """Kinds of a turn's acts as IARD tells them apart: all 'others' as chat."""
    others = OTHERS[turn.role]
    return {ActKind.CHAT if act.kind in others else act.kind for act in turn.acts}


def _macro(
    counts: Sequence[Mapping[Key, tuple[int, int, int]]], keys: Sequence[Key], seed: int = 0
) -> Estimate:
    """The mean F1 over acts, with a percentile bootstrap interval over dialogues."""
    if not keys:
        return missing(f"no act has {MIN_TURNS} turns", "acts", estimator="mean F1 of acts")
    # dialogues x acts x (both, rule alone, hand alone)
    table = np.array([[count.get(key, (0, 0, 0)) for key in keys] for count in counts], dtype=float)

    def mean_f1(sample: np.ndarray) -> float:
        hits, wrong, missed = sample.sum(axis=0).T
        return float(np.mean(2 * hits / np.maximum(1, 2 * hits + wrong + missed)))

    rng = np.random.default_rng(seed)
    drawn = [mean_f1(table[rng.integers(0, len(table), len(table))]) for _ in range(RESAMPLES)]
    return with_percentiles(
        mean_f1(table),
        np.array(drawn),
        len(keys),
        "acts",
        estimator="mean F1 of acts",
        interval=bootstrap_over("dialogues", seed),
    )
