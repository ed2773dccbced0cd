"""AB-ReDial: ReDial dialogues rated by three or more raters each (Siro et al., SIGIR 2022).

    ConvId,utterance0,utterance1,...,understanding,task-completion,...
    1,USER Any good comedies?,SYSTEM Try Airplane!,...,3,2,...

Two CSV files with one row per rater. `annotated_dialogues.csv` has whole dialogues, five ratings
and a written reason. `annotated_turns.csv` has three excerpts (two utterances of context, the rated
utterance, the answer) with three ratings each. `SYSTEM` was also a person.

A `ConvId` is not unique: five of them are shared by two dialogues. So rows are grouped by ConvId
and text, in memory. An excerpt that occurs word for word in the dialogue of its ConvId rates a
turn of it; any other excerpt becomes a short dialogue.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from backend.corpora import ImportReport
from backend.corpora.reading import entries, find, require_any, why
from backend.dialogue import Dialogue, Label, Origin, Player, Provenance, Role, Turn
from backend.pool import Entry

CORPUS = "ab-redial"
LICENCE = "MIT (labels); text: ReDial, CC BY 4.0"
DIALOGUES, TURNS = "annotated_dialogues.csv", "annotated_turns.csv"

#: Ends of the scales: the range observed, as the README states none.
DIALOGUE_SCALES = {
    "understanding": (1, 3),
    "task-completion": (1, 3),
    "interest-arousal": (0, 3),
    "efficiency": (0, 1),
    "dialogue-overall": (1, 5),
}
TURN_SCALES = {"relevance": (0, 4), "interestingness": (1, 3), "overall": (1, 5)}
EXCERPTS = (1, 2, 3)
#: Place of the rated utterance among the four of an excerpt.
RATED = 2

_SPEAKER = re.compile(r"\s*(SYSTEM|USER)\s*(.*)", re.DOTALL)

Said = tuple[tuple[Role, str], ...]


class _Rating(NamedTuple):
    question: str
    value: float | str
    scale: tuple[float, float] | None
    rater: str
    excerpt: int | None = None


@dataclass
class _Group:
    """One dialogue in the making: its text and the ratings of its rows."""

    conversation: str
    said: Said
    is_excerpt: bool = False
    ratings: list[_Rating] = field(default_factory=list)
    #: Number of an excerpt -> index of its rated turn.
    excerpts: dict[int, int] = field(default_factory=dict)


_Groups = dict[tuple[str, Said], _Group]


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """Dialogues with every rater's labels, rater `row:<file>:<line>`. Raises CorpusError."""
    files = find(path, CORPUS, (DIALOGUES, TURNS))
    groups: _Groups = {}
    # Whole dialogues first, for the excerpts to be found in.
    for file in sorted(files, key=lambda file: "turns" in file.name):
        add = _add_excerpts if "turns" in file.name else _add_dialogue
        for line, row in _rows(file, report):
            try:
                add(groups, row, line, report)
            except ValueError as error:
                report.break_at(f"{file.name}, line {line}", why(error))
    located = ((f"ConvId {group.conversation}", group) for group in groups.values())
    yield from entries(located, partial(_entry, report=report), report)
    require_any(report, path, CORPUS, f"the columns of {DIALOGUES} or {TURNS}")


def _rows(file: Path, report: ImportReport) -> Iterator[tuple[int, dict[str, str]]]:
    # A byte that is no UTF-8 becomes a lone surrogate, and the row is refused as broken.
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as source:
        rows = csv.DictReader(source)
        try:
            for row in rows:
                yield rows.line_num, row
        except csv.Error as error:
            report.break_at(f"{file.name}, line {rows.line_num}", f"no CSV from here on: {error}")


def _add_dialogue(groups: _Groups, row: dict[str, str], line: int, report: ImportReport) -> None:
    said = _said(row, [f"utterance{n}" for n in range(_utterances(row))])
    rater = f"row:dialogues:{line}"
    ratings = [
        _Rating(column.replace("-", "_"), value, scale, rater)
        for column, scale in DIALOGUE_SCALES.items()
        if (value := _rating(row, column, scale, report)) is not None
    ]
    if reason := (row.get("justification-text") or "").strip():
        ratings.append(_Rating("justification", reason, None, rater))
    conversation = _conversation(row)
    group = groups.setdefault((conversation, said), _Group(conversation, said))
    group.ratings += ratings


def _add_excerpts(groups: _Groups, row: dict[str, str], line: int, report: ImportReport) -> None:
    conversation, found = _conversation(row), []
    for number in EXCERPTS:
        columns = [f"utterance{4 * (number - 1) + n}" for n in range(4)]
        ratings = [
            _Rating(name, value, scale, f"row:turns:{line}", number)
            for name, scale in TURN_SCALES.items()
            if (value := _rating(row, f"{name}{number}", scale, report)) is not None
        ]
        found.append((number, _said(row, columns), ratings))
    for number, said, ratings in found:
        group = _holding(groups, conversation, said, number, report)
        group.ratings += ratings


def _holding(
    groups: _Groups, conversation: str, said: Said, number: int, report: ImportReport
) -> _Group:
    """The dialogue of this ConvId with these utterances in it, or a new one of them alone."""
    for group in groups.values():
        if group.conversation == conversation:
            starts = [i for i in range(len(group.said)) if group.said[i : i + len(said)] == said]
            if len(starts) == 1:
                group.excerpts[number] = starts[0] + RATED
                return group
    report.note("rated excerpt not found in its dialogue, kept as a dialogue of its own")
    group = _Group(conversation, said, is_excerpt=True, excerpts={number: RATED})
    groups[conversation, said] = group
    return group


def _entry(group: _Group, report: ImportReport) -> Entry:
    source = _source_id(group)
    for turn in group.excerpts.values():
        if group.said[turn][0] is Role.SEEKER:
            report.note("rated turn of an excerpt is the seeker's in the file")
    dialogue = Dialogue(
        turns=tuple(Turn(role=role, text=text) for role, text in group.said),
        seeker=Player(origin=Origin.HUMAN),
        recommender=Player(origin=Origin.HUMAN),
        provenance=Provenance(
            corpus=CORPUS,
            source_id=source,
            licence=LICENCE,
            notes={
                "conv_id": group.conversation,
                "is_excerpt": group.is_excerpt,
                "excerpts": {str(number): turn for number, turn in group.excerpts.items()},
                "opening": _digest(_words(group.said[:4])),
            },
        ),
    )
    return Entry(
        dialogue=dialogue,
        labels=tuple(_label(dialogue.id, rating, group) for rating in group.ratings),
    )


def _label(dialogue: str, rating: _Rating, group: _Group) -> Label:
    low, high = rating.scale or (None, None)
    return Label(
        dialogue=dialogue,
        question=rating.question,
        value=rating.value,
        turn=None if rating.excerpt is None else group.excerpts[rating.excerpt],
        rater=rating.rater,
        low=low,
        high=high,
    )


def _source_id(group: _Group) -> str:
    kind = "excerpt:" if group.is_excerpt else ""
    return f"{kind}{group.conversation}:{_digest(repr(group.said))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:8]


def _words(said: Said) -> str:
    """Letters and digits only: dialogues rated twice differ in how their text was tidied."""
    return " ".join(re.findall(r"\w+", " ".join(text for _, text in said).lower()))


def _utterances(row: dict[str, str]) -> int:
    return sum(bool(re.fullmatch(r"utterance\d+", name or "")) for name in row)


def _conversation(row: dict[str, str]) -> str:
    if not (conversation := row.get("ConvId")):
        raise ValueError("no ConvId")
    return conversation


def _said(row: dict[str, str], columns: list[str]) -> Said:
    said = []
    for cell in (row.get(column) for column in columns):
        if cell and cell.strip():
            found = _SPEAKER.fullmatch(cell)
            if not found:
                raise ValueError("an utterance that begins neither with SYSTEM nor with USER")
            role = Role.RECOMMENDER if found[1] == "SYSTEM" else Role.SEEKER
            said.append((role, " ".join(found[2].split())))
    if not said:
        raise ValueError("no utterance")
    return tuple(said)


def _rating(
    row: dict[str, str], column: str, scale: tuple[float, float], report: ImportReport
) -> float | None:
    if column not in row:
        raise ValueError(f"no column {column}")
    cell = (row[column] or "").strip()
    if not cell:
        report.note(f"no rating for {column.rstrip('0123456789')} in a row")
        return None
    value = float(cell)
    if not scale[0] <= value <= scale[1]:
        raise ValueError(f"{column} is {cell}, outside {scale[0]} to {scale[1]}")
    return value
