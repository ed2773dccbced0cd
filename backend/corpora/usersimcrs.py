"""UserSimCRS use case: three kinds of simulated seekers with five recommenders (ECIR 2026).

    {"conversation ID": "1", "agent": {"id": "IAI MovieBot"}, "user": {"id": "U"},
      "conversation": [{"participant": "USER", "utterance": "A comedy, please"}]}

DialogueKit files in `synthetic_dialogues/`, one per pair of systems, and scores of an LLM
judge in `results/`. Left out, and counted: dialogues that ended with an error, have no seeker
turn, or are so long that the two sides repeat themselves. Apache-2.0.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from backend.corpora import ImportReport
from backend.corpora.dialoguekit import RawDialogue, turns
from backend.corpora.reading import (
    LeftOut,
    Raw,
    entries,
    find,
    json_items,
    numbered,
    require_any,
    why,
)
from backend.corpora.systems import recommender
from backend.dialogue import Dialogue, Origin, Player, Provenance, Role, Score, System
from backend.pool import Entry

CORPUS = "usersimcrs"
LICENCE = "Apache-2.0"
FILES = ("synthetic_dialogues/*.json", "*_INSPIRED.json", "*_MovieLens.json", "*_ReDial.json")

#: Utterances above which a dialogue is degenerate: the released ones without an error end at 59.
LONGEST = 60

_SEEKER = re.compile(r"(?P<kind>ABUS|Single_LLM|Dual_LLM)(?:_(?P<model>[a-z]+))?_(?P<set>\w+)")

#: Aspect -> its score for each dialogue of the file, in order.
Judged = Mapping[str, list[int | None]]


class _Verdict(Raw):
    score: int | None


_VERDICTS = TypeAdapter(dict[str, dict[str, list[_Verdict]]])


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """Dialogues of a file, or of all of a folder's, with the judge's scores. Raises CorpusError.

    Numbers of one results file at a time are held in memory.
    """
    for file in find(path, CORPUS, FILES):
        judged = _judged(file, report)
        records = numbered(json_items(file, report))
        convert = partial(_entry, file=file, judged=judged)
        yield from entries(records, convert, report)
    require_any(report, path, CORPUS, "a DialogueKit array of dialogues with agent and user")


def _entry(value: tuple[int, Any], file: Path, judged: Judged) -> Entry:
    index, body = value
    record = RawDialogue.model_validate(body)
    said = turns(record)
    _leave_out_failures(record)
    dialogue = Dialogue(
        turns=said,
        seeker=_seeker(record.user.id),
        recommender=recommender(record.agent.id),
        provenance=Provenance(
            corpus=CORPUS,
            # The ids are times in seconds, and two dialogues may share one.
            source_id=f"{file.stem}:{index}:{record.id}",
            licence=LICENCE,
            notes={"file": file.name, "index": index, "conversation_id": record.id},
        ),
    )
    return Entry(dialogue=dialogue, scores=tuple(_scores(dialogue.id, index, judged)))


def _leave_out_failures(record: RawDialogue) -> None:
    if error := record.metadata.get("error"):
        kind = error.get("error_type") if isinstance(error, dict) else None
        raise LeftOut(f"broke off with an error: {kind or 'of no named type'}")
    speakers = [utterance.participant for utterance in record.conversation]
    if "USER" not in speakers:
        raise LeftOut(f"no {Role.SEEKER.value} turn")
    if len(speakers) > LONGEST:
        raise LeftOut(f"degenerate: more than {LONGEST} utterances")


def _seeker(source_name: str) -> Player:
    found = _SEEKER.fullmatch(source_name)
    if not found:
        raise ValueError(f"user id {source_name!r}: expected ABUS_, Single_LLM_ or Dual_LLM_ + set")
    system = System(
        name=f"{found['kind']}_{found['set']}".lower(),
        simulator="external",
        model=found["model"],
        controls={"kind": found["kind"].lower(), "trained_on": found["set"].lower()},
    )
    return Player(origin=Origin.SIMULATED, system=system)


def _judged(file: Path, report: ImportReport) -> dict[str, list[int | None]]:
    """The judge's scores for the dialogues of `file`, by aspect and in their order.

    A results file gives all its verdicts one and the same conversation id, but keeps the order
    of the dialogues. A list with a verdict missing can't be placed, and is left out.
    """
    results = _results_of(file)
    if results is None:
        return {}
    try:
        lists = _VERDICTS.validate_python(json.loads(results.read_bytes()))
    except ValueError as error:
        report.break_at(results.name, why(error))
        return {}
    dialogues = sum(1 for _ in json_items(file, ImportReport()))
    judged: dict[str, list[int | None]] = {}
    for aspects in lists.values():
        for aspect, verdicts in aspects.items():
            if len(verdicts) == dialogues:
                judged[aspect.lower()] = [verdict.score for verdict in verdicts]
            else:
                report.note(
                    "judge's score left out: its list has gaps and its ids are ambiguous",
                    len(verdicts),
                )
    return judged


def _results_of(file: Path) -> Path | None:
    """The results file of a dialogue file: names differ by case, underscores and a typo."""
    for folder in (file.parent / "results", file.parent.parent / "results"):
        for results in sorted(folder.glob("quality_evaluation_*.json")):
            if _plain(results.stem.removeprefix("quality_evaluation_")) == _plain(file.stem):
                return results
    return None


def _plain(stem: str) -> str:
    return stem.lower().replace("_", "").replace("barocr", "barcor")


def _scores(dialogue: str, index: int, judged: Judged) -> Iterator[Score]:
    for aspect, values in judged.items():
        value = values[index]
        yield Score(
            dialogue=dialogue,
            metric=f"{CORPUS}_judge.{aspect}",
            version="released run",
            value=value,
            missing="the judge gave no score" if value is None else None,
        )
