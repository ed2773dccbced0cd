"""locate: one transcript whose seeker a simulator takes over partway; at which message?

Source: boundary detection as in RoFT (Dugan et al., EMNLP 2020, demonstrations), where a machine
continues a human text sentence by sentence; here, it continues a seeker's turns in a dialogue.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from annotations.questions import CONFIDENCE, NEVER, REASON, Choice, Numbers, Place, Question
from annotations.tasks.base import Layout, StudyError, TaskBase, Unit, sample_per_group, select
from annotations.tasks.finding import Drawing, Finding
from backend.dialogue import Dialogue, Origin, Role
from backend.pool import DialogueFilter, Pool
from backend.statistics.bootstrap import Floats, Resampling, column_sums
from backend.statistics.clustered import Quantity, estimates
from backend.statistics.clustered import Scale as Spread
from backend.statistics.columns import sorted_codes
from backend.statistics.estimate import Estimate

#: Maximum distance, in seeker turns, that counts as near.
NEAR = 1

SWAPPED, NAMED, UNSWAPPED = "swapped dialogues", "swapped dialogues as swapped", "unswapped ones"


#: Columns summed over judgments: counts, errors in seeker turns, and chance probabilities.
_COLUMNS = ("n", "exact", "near", "never", "named", "error", "by chance", "near by chance")
_AT = {name: at for at, name in enumerate(_COLUMNS)}

_CHANCE = "mean over judgments of a uniform guess over the seeker turns shown"

#: Quantity, numerator, denominator, estimator, kind of dialogues judged, scale of the interval.
_OF: tuple[tuple[str, str, str, str, str, Spread], ...] = (
    ("located exactly", "exact", "n", "named the swap's turn of swapped", SWAPPED, "proportion"),
    ("located within one seeker turn", "near", "n", "named a turn at most one seeker turn off "
     "of swapped", SWAPPED, "proportion"),
    ("said never", "never", "n", "said never of swapped", SWAPPED, "proportion"),
    ("signed error", "error", "named", "mean of named less true, in seeker turns", NAMED, "plain"),
    ("by chance, exactly", "by chance", "n", _CHANCE, SWAPPED, "plain"),
    ("by chance, within one", "near by chance", "n", _CHANCE, SWAPPED, "plain"),
)  # fmt: skip


class Locate(TaskBase):
    """One transcript per screen; the answer is a seeker message, or `never`.

    `dialogues` have a recorded swap, as `python -m backend graft` makes them. `reference` adds
    human dialogues without a swap, for which `never` is right; without `reference`, naming a turn
    is always the better guess. No two screens begin alike: only one of the dialogues with the
    same human source is used.
    """

    kind: Literal["locate"] = "locate"
    dialogues: DialogueFilter = DialogueFilter(corpus=("grafted",))
    reference: DialogueFilter | None = None
    per_system: int | None = Field(default=None, ge=1)
    judge: Literal[Role.SEEKER] = Role.SEEKER
    question: str = "At which message does a simulator take over from the person?"
    none: str = "At none: it is a person throughout"
    confidence: bool = True
    reason: bool = True
    seconds: int = 60

    layout: ClassVar[Layout] = Layout.TRANSCRIPT

    def form(self) -> list[Question]:
        """The place, confidence and reason where the study asks for them, its own questions."""
        asked: list[Question] = [Place(id="place", text=self.question, none=self.none)]
        asked += [CONFIDENCE] if self.confidence else []
        asked += [REASON] if self.reason else []
        return [*asked, *self.questions]

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """One unit per dialogue, at most `per_system` of each system and of the reference.

        The stratum holds the swap and the turns to choose from, for truth and analysis.
        """
        frame = select(pool, self.dialogues, "dialogues", self.id)
        frame = frame.iloc[rng.permutation(len(frame))]
        shown = pool.get_many(list(frame["id"]))
        sources = frame["id"].map(lambda id_: str(shown[id_].provenance.notes.get("source", id_)))
        frame = frame[~sources.duplicated()]
        frame = sample_per_group(frame, self.judge, self.per_system, rng)
        units = [_unit(shown[id_], self._swap(shown[id_])) for id_ in frame["id"]]
        if self.reference is not None:
            taken = {str(shown[id_].provenance.notes.get("source", id_)) for id_ in frame["id"]}
            units += self._unswapped(pool, self.reference, taken, rng)
        return units

    def _swap(self, dialogue: Dialogue) -> int:
        swap = dialogue.provenance.notes.get("swap")
        if not isinstance(swap, int) or swap not in _places(dialogue):
            raise StudyError(
                f"task {self.id!r}: dialogue {dialogue.id} of its `dialogues` notes no swap at a "
                "seeker turn; make some first: python -m backend graft --corpus CORPUS"
            )
        return swap

    def _unswapped(
        self, pool: Pool, which: DialogueFilter, taken: set[str], rng: np.random.Generator
    ) -> list[Unit]:
        frame = select(pool, which, "reference", self.id)
        wrong = frame["seeker_origin"].ne(Origin.HUMAN)
        if wrong.any():
            raise StudyError(
                f"task {self.id!r}: {int(wrong.sum())} of {len(frame)} dialogues of its "
                "`reference` side have no human seeker; add `seeker_origin` to the filter"
            )
        frame = frame[~frame["id"].isin(taken) & frame["seeker_turns"].gt(0)]
        if frame.empty:
            raise StudyError(
                f"task {self.id!r}: every dialogue of its `reference` is the beginning of one of "
                "its `dialogues`; set `per_system`, or widen the filter"
            )
        frame = sample_per_group(frame, self.judge, self.per_system, rng)
        shown = pool.get_many(list(frame["id"]))
        return [_unit(shown[id_], None) for id_ in frame["id"]]

    def options(self, question: Numbers | Choice | Place, unit: Unit) -> list[str]:
        """The unit's seeker turns and `never`, for the place; else the question's own options."""
        if isinstance(question, Place):
            return [*places(unit.stratum), NEVER]
        return super().options(question, unit)

    def truth(self, unit: Unit, *, swapped: bool) -> dict[str, str]:
        """The turn of the swap, or `never`; empty for a check, which has its own answers."""
        return {} if not unit.stratum else {"place": _told(unit.stratum, "swap")}

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Shares located exactly and nearly, signed error, `never`, false alarms, chance level."""
        answers = judgments[judgments["question"] == "place"]
        frame = pd.DataFrame(
            {
                "rater": answers["rater"].astype("str"),
                "dialogue": answers["unit"].astype("str"),
                "system": pd.Series([g[0] for g in answers["groups"]], answers.index, "str"),
                "said": answers["value"].astype("str"),
                "swap": pd.Series([_told(s, "swap") for s in answers["stratum"]], answers.index),
                "places": pd.Series([places(s) for s in answers["stratum"]], answers.index, object),
            }
        )
        return _findings(locate(frame, how=Resampling(seed=seed)), frame)


def places(stratum: Sequence[str]) -> list[str]:
    """The turns of a unit that raters choose from, in order, as its stratum lists them.

    >>> places(("swap=4", "places=0,2,4"))
    ['0', '2', '4']
    """
    return [place for place in _told(stratum, "places").split(",") if place]


def locate(frame: pd.DataFrame, *, how: Resampling) -> list[Estimate]:
    """Estimate how well takeovers are located, per system and overall (group None).

    `frame` has one row per judgment: rater, dialogue, system; said and swap, a turn's index as
    text or 'never'; places, a list of the seeker turns shown, as such texts. An answer that is
    neither a place nor 'never' is left out.

    Quantities for swapped dialogues: located exactly; located within one seeker turn; said never;
    signed error in seeker turns (late is positive) of the answers that name a turn; and the
    results of a uniform guess over the seeker turns shown, exactly and within one. For unswapped
    dialogues, overall only: false alarm, the share that named a turn.

    >>> turns = ["0", "2", "4", "6"]
    >>> frame = pd.DataFrame({"rater": list("aabb"), "dialogue": list("xyxy"), "system": "agenda",
    ...     "said": ["4", "6", "2", "never"], "swap": "4", "places": [turns] * 4})
    >>> {e.quantity: e.value for e in locate(frame, how=Resampling()) if e.group == "agenda"}
    ... # doctest: +NORMALIZE_WHITESPACE
    {'located exactly': 0.25, 'located within one seeker turn': 0.75, 'said never': 0.25,
     'signed error': 0.0, 'by chance, exactly': 0.25, 'by chance, within one': 0.75}
    """
    fits = [s == NEVER or s in p for s, p in zip(frame["said"], frame["places"], strict=True)]
    judged = frame[np.array(fits, dtype=bool)].reset_index(drop=True)
    is_swapped = judged["swap"].ne(NEVER).to_numpy()
    codes, names = sorted_codes(judged["system"].where(is_swapped))
    shape = (len(names) + 1, len(_COLUMNS))
    features = np.zeros((len(judged), *shape))
    # Unswapped dialogues have the code -1, so they fill the last row of features.
    features[np.arange(len(judged)), codes] = _features(judged)
    sums = column_sums(
        judged["rater"], judged["dialogue"], features.reshape(len(judged), shape[0] * shape[1])
    )

    def statistic(totals: Floats) -> Floats:
        cube = totals.reshape(len(totals), *shape)
        ours = np.concatenate([cube[:, :-1], cube[:, :-1].sum(axis=1, keepdims=True)], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = [ours[..., _AT[top]] / ours[..., _AT[bottom]] for _, top, bottom, *_ in _OF]
            alarms = cube[:, -1:, _AT["named"]] / cube[:, -1:, _AT["n"]]
        found = np.stack(shares, axis=-1).reshape(len(totals), -1)
        return np.concatenate([found, alarms], axis=1)

    def counted(at: int | None, column: str) -> NDArray[np.bool_]:
        mask = np.zeros(shape, dtype=bool)
        mask[slice(0, -1) if at is None else at, _AT[column]] = True
        return mask.ravel()

    groups: list[tuple[int | None, str | None]] = [*enumerate(names), (None, None)]
    quantities = [
        Quantity(name, group, estimator, {side: counted(at, bottom)}, scale)
        for at, group in groups
        for name, _, bottom, estimator, side, scale in _OF
    ]
    alarm = {UNSWAPPED: counted(-1, "n")}
    quantities.append(
        Quantity("false alarm", None, "named a turn of unswapped", alarm, "proportion")
    )
    return estimates(sums, quantities, statistic, how)


def _features(judged: pd.DataFrame) -> Floats:
    rows = []
    for said, swap, shown in zip(judged["said"], judged["swap"], judged["places"], strict=True):
        named = said != NEVER
        if swap == NEVER:
            rows.append([1.0, 0, 0, not named, named, 0, 0, 0])
            continue
        at = shown.index(swap)
        error = shown.index(said) - at if named else 0
        near = min(at + NEAR, len(shown) - 1) - max(at - NEAR, 0) + 1
        exact, close = named and error == 0, named and abs(error) <= NEAR
        chance = (1 / len(shown), near / len(shown))
        rows.append([1.0, exact, close, not named, named, error, *chance])
    return np.array(rows, dtype=float).reshape(len(judged), len(_COLUMNS))


def _findings(found: list[Estimate], frame: pd.DataFrame) -> list[Finding]:
    def of(quantity: str) -> list[Estimate]:
        return [estimate for estimate in found if estimate.quantity == quantity]

    exact, near = (of(f"by chance, {how}") for how in ("exactly", "within one"))
    table = frame.groupby(["system", "said"]).size().rename("answers").reset_index()
    return [
        Finding(
            "Is the takeover found?",
            "The share of judgments that name the simulator's first message. The line is what "
            "guessing would give.",
            of("located exactly"),
            reference=exact[-1].value,
            counts=None if table.empty else table,
        ),
        Finding(
            "Is it nearly found?",
            "The share that names it or the seeker message before or after.",
            of("located within one seeker turn"),
            reference=near[-1].value,
        ),
        Finding(
            "Too early or too late?",
            "Mean distance from the simulator's first message to the one named, in seeker "
            "messages: above 0, the takeover is noticed late. Answers of 'never' are left out.",
            of("signed error"),
            reference=0.0,
        ),
        Finding(
            "Does it pass unnoticed?",
            "The share of judgments that saw a person throughout, though a simulator took over.",
            of("said never"),
        ),
        Finding(
            "False alarms",
            "The share of judgments that saw a takeover where a person spoke throughout.",
            of("false alarm"),
        ),
        Finding(
            "What guessing would give",
            "A uniform guess over the seeker messages of each transcript as it was shown. A "
            "simulator never takes over at the first one: who knows that does a little better.",
            [*exact, *near],
            drawing=Drawing.NUMBERS,
        ),
    ]


def _unit(dialogue: Dialogue, swap: int | None) -> Unit:
    system, origin = dialogue.seeker.system, dialogue.seeker.origin
    return Unit(
        id=dialogue.id,
        dialogues=(dialogue.id,),
        groups=(system.name if system else origin.value,),
        origins=(origin.value,),
        stratum=(
            f"swap={NEVER if swap is None else swap}",
            f"places={','.join(map(str, _places(dialogue)))}",
        ),
    )


def _places(dialogue: Dialogue) -> list[int]:
    return [at for at, turn in enumerate(dialogue.turns) if turn.role is Role.SEEKER]


def _told(stratum: Sequence[str], name: str) -> str:
    """The value of `name` in a stratum; an empty text if it has none."""
    told = dict(part.partition("=")[::2] for part in stratum)
    return told.get(name, "")
