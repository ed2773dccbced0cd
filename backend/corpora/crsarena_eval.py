"""CRSArena-Eval: people talking to nine recommenders, with human labels (arXiv 2506.00314).

    {"conv_id": "barcor_redial_1", "dialogue": [{"role": "USER", "utterance": "Any comedies?",
      "turn_level_aggregated": {}}], "dial_level_aggregated": {"understanding": 2.0}}

A JSON array of dialogues. The recommender is named in `conv_id`; labels are aggregates over
raters, per turn and per dialogue. `face_run.json`, if it is in the same
folder, holds scores of a metric.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from backend.corpora import ImportReport
from backend.corpora.reading import Raw, entries, find, json_items, require_any, why
from backend.corpora.systems import recommender
from backend.dialogue import Dialogue, Label, Origin, Player, Provenance, Role, Score, Turn
from backend.pool import Entry

CORPUS = "crsarena-eval"
LICENCE = "MIT by the README's badge; the repository has no licence file"
FILES = ("crs_arena_eval.json",)
RUN = "face_run.json"

#: Upper ends of the scales, all from 0 (README). The last two are in the file and not in the
#: README: theirs is the range observed.
SCALES = {
    "relevance": 3,
    "interestingness": 2,
    "understanding": 2,
    "task_completion": 2,
    "interest_arousal": 2,
    "efficiency": 1,
    "dialogue_overall": 4,
    "preference_elicitation": 2,
    "explanation": 2,
}
TURN_ASPECTS = ("relevance", "interestingness")
RUN_ASPECTS = (
    "understanding",
    "task_completion",
    "interest_arousal",
    "efficiency",
    "dialogue_overall",
)


class _Turn(Raw):
    role: Literal["USER", "ASST"]
    utterance: str
    turn_level_aggregated: dict[str, float] = Field(default_factory=dict)


class _Record(Raw):
    conv_id: str
    dialogue: tuple[_Turn, ...]
    dial_level_aggregated: dict[str, float] = Field(default_factory=dict)


class _RunTurn(Raw):
    turn_ind: int
    turn_level_pred: dict[str, float]


class _Run(Raw):
    conv_id: str
    turns: tuple[_RunTurn, ...] = ()
    dial_level_pred: dict[str, float] = Field(default_factory=dict)


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """The dialogues with their labels and, where there is one, the run's scores.

    Raises CorpusError. The run, as large as its dialogues are many, is held in memory.
    """
    for file in find(path, CORPUS, FILES):
        runs = _runs(file.with_name(RUN), report)
        convert = partial(_entry, runs=runs, report=report)
        yield from entries(json_items(file, report), convert, report)
    require_any(report, path, CORPUS, "a JSON array of dialogues with conv_id and dialogue")


def _entry(value: Any, runs: Mapping[str, _Run], report: ImportReport) -> Entry:
    record = _Record.model_validate(value)
    name, _, conversation = record.conv_id.rpartition("_")
    if not name:
        raise ValueError(f"conv_id {record.conv_id!r} names no recommender: expected NAME_UUID")
    dialogue = Dialogue(
        turns=tuple(
            Turn(
                role=Role.SEEKER if turn.role == "USER" else Role.RECOMMENDER,
                text=turn.utterance.strip(),
            )
            for turn in record.dialogue
        ),
        seeker=Player(origin=Origin.HUMAN),
        recommender=recommender(name),
        provenance=Provenance(
            corpus=CORPUS,
            source_id=record.conv_id,
            licence=LICENCE,
            notes={"conversation": conversation},
        ),
    )
    _note_oddities(record, dialogue, report)
    scores = _scores(dialogue, runs.get(record.conv_id), report) if runs else ()
    return Entry(dialogue=dialogue, labels=tuple(_labels(record, dialogue.id)), scores=scores)


def _labels(record: _Record, dialogue: str) -> Iterator[Label]:
    for index, turn in enumerate(record.dialogue):
        for question, value in turn.turn_level_aggregated.items():
            yield _label(dialogue, question, value, index)
    for question, value in record.dial_level_aggregated.items():
        yield _label(dialogue, question, value, None)


def _label(dialogue: str, question: str, value: float, turn: int | None) -> Label:
    high = SCALES.get(question)
    low = None if high is None else 0
    return Label(dialogue=dialogue, question=question, value=value, turn=turn, low=low, high=high)


def _note_oddities(record: _Record, dialogue: Dialogue, report: ImportReport) -> None:
    for text, turn in zip(dialogue.turns, record.dialogue, strict=True):
        if not text.text:
            report.note("empty message, kept")
        if turn.role == "ASST":
            for question in TURN_ASPECTS:
                if question not in turn.turn_level_aggregated:
                    report.note(f"recommender turn without a label for {question}")


def _runs(file: Path, report: ImportReport) -> dict[str, _Run]:
    if not file.is_file():
        return {}
    runs = {}
    for where, value in json_items(file, report):
        try:
            run = _Run.model_validate(value)
        except ValueError as error:
            report.break_at(where, why(error))
        else:
            runs[run.conv_id] = run
    return runs


def _scores(dialogue: Dialogue, run: _Run | None, report: ImportReport) -> tuple[Score, ...]:
    predicted = {turn.turn_ind: turn.turn_level_pred for turn in run.turns} if run else {}
    whole = run.dial_level_pred if run else {}
    scores = [_score(dialogue.id, aspect, None, whole) for aspect in RUN_ASPECTS]
    for index, turn in enumerate(dialogue.turns):
        if turn.role is Role.RECOMMENDER:
            values = predicted.get(index, {})
            scores += [_score(dialogue.id, aspect, index, values) for aspect in TURN_ASPECTS]
    if missing := sum(score.value is None for score in scores):
        report.note(f"score missing in {RUN}", missing)
    return tuple(scores)


def _score(dialogue: str, aspect: str, turn: int | None, values: Mapping[str, float]) -> Score:
    value = values.get(aspect)
    return Score(
        dialogue=dialogue,
        metric=f"face.{aspect}",
        version="released run",
        value=value,
        missing=f"the released run has no {aspect} here" if value is None else None,
        turn=turn,
    )
