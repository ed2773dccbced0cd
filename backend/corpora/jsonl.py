"""Uncanny's own format: JSON lines, each a pool entry or a bare dialogue.

    {"dialogue": {"turns": [...], "seeker": {...}, ...}, "labels": [...], "scores": [...]}
    {"turns": [{"role": "seeker", "text": "..."}, ...], "seeker": {...}, ...}

Labels and scores may leave out `dialogue`: it is the dialogue of their line. The schema of a
line stands in `dialogue.schema.json`; `python -m backend.corpora.jsonl` writes it anew.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from backend.corpora import ImportReport
from backend.corpora.reading import entries, find, json_lines, require_any
from backend.dialogue import Dialogue
from backend.pool import Entry

CORPUS = "jsonl"
FILES = ("*.jsonl",)
SCHEMA = Path(__file__).with_name("dialogue.schema.json")


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """Entries of a JSONL file, or of all of a folder's. Raises CorpusError."""
    for file in find(path, CORPUS, FILES):
        yield from entries(json_lines(file, report), _entry, report)
    require_any(report, path, CORPUS, f"JSON lines that {SCHEMA.name} describes")


def write(rows: Iterable[Entry], path: Path) -> int:
    """Write entries as JSON lines, one in memory at a time; the number written."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for entry in rows:
            out.write(entry.model_dump_json(exclude_defaults=True) + "\n")
            count += 1
    return count


def schema() -> dict[str, Any]:
    """JSON schema of one line."""
    line = TypeAdapter[Entry | Dialogue](Entry | Dialogue).json_schema()
    for name in ("Label", "Score"):
        line["$defs"][name]["required"].remove("dialogue")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **line}


def _entry(value: Any) -> Entry:
    if not isinstance(value, dict):
        raise ValueError("a line is a JSON object")
    if "dialogue" not in value:
        return Entry(dialogue=Dialogue.model_validate(value))
    dialogue = Dialogue.model_validate(value["dialogue"])
    facts = {name: _own(value.get(name, []), dialogue.id) for name in ("labels", "scores")}
    return Entry.model_validate({**value, "dialogue": dialogue, **facts})


def _own(facts: Any, dialogue: str) -> Any:
    """Labels or scores with the id of their line's dialogue, where they name none."""
    if not isinstance(facts, list):
        return facts
    return [{"dialogue": dialogue, **fact} if isinstance(fact, dict) else fact for fact in facts]


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
