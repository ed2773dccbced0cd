"""Our own format: entries or bare dialogues, a line each, as the schema says."""

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.corpora import CorpusError
from backend.corpora.jsonl import SCHEMA, schema, write
from backend.dialogue import Dialogue, Label, Score
from backend.pool import Entry
from tests.backend.corpora.conftest import Read
from tests.backend.corpora.strategies import dialogues
from tests.conftest import ROOT


def _dialogue(source_id: str = "1") -> dict[str, Any]:
    return {
        "turns": [{"role": "seeker", "text": "Hello"}],
        "seeker": {"origin": "human"},
        "recommender": {"origin": "authored"},
        "provenance": {"corpus": "mine", "source_id": source_id, "licence": "own"},
    }


def _file(folder: Path, *lines: Any) -> Path:
    file = folder / "mine.jsonl"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("\n".join(texts), encoding="utf-8")
    return file


@settings(max_examples=60, deadline=None)
@given(st.lists(dialogues, min_size=1, max_size=3))
def test_whatever_is_written_is_read_back_and_keeps_the_schema(
    read: Read, made: list[Dialogue]
) -> None:
    entries = [
        Entry(
            dialogue=dialogue,
            labels=(Label(dialogue=dialogue.id, question="odd", value="a, b"),),
            scores=(Score(dialogue=dialogue.id, metric="m", version="1", missing="too short"),),
        )
        for dialogue in made
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out.jsonl"
        assert write(entries, file) == len(entries)
        assert read("jsonl", file).entries == entries
        validator = jsonschema.Draft202012Validator(schema())
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                validator.validate(json.loads(line))


def test_the_schema_in_the_repository_is_current() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema(), (
        "run `python -m backend.corpora.jsonl`"
    )


def test_the_example_in_the_documentation_is_read(read: Read, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "corpora.md").read_text(encoding="utf-8")
    example = page.split("```json\n")[1].split("```")[0]
    entries, report = read("jsonl", _file(tmp_path, example))
    assert not report.broken
    [entry] = entries
    assert len(entry.labels) == len(entry.scores) == 1


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.validate(_dialogue())
    validator.validate({"dialogue": _dialogue(), "labels": [{"question": "q", "value": 1}]})
    for wrong in ({}, {"dialogue": 1}, {**_dialogue(), "extra": 1}, {**_dialogue(), "turns": 1}):
        assert not validator.is_valid(wrong)


def test_a_bare_dialogue_and_an_entry_may_stand_in_one_file(read: Read, tmp_path: Path) -> None:
    entry = {
        "dialogue": _dialogue("2"),
        "labels": [{"question": "natural", "value": 4, "low": 1, "high": 5, "turn": 0}],
        "scores": [{"metric": "m", "version": "1", "value": 0.5}],
    }
    bare, full = read("jsonl", _file(tmp_path, _dialogue(), entry)).entries
    assert bare.labels == ()
    assert full.labels[0].dialogue == full.scores[0].dialogue == full.dialogue.id


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "a line is a JSON object"),
        ({**_dialogue(), "mood": "good"}, "mood: Extra inputs are not permitted"),
        (
            {**_dialogue(), "seeker": {"origin": "simulated"}},
            "seeker: Value error, a simulated player names its system",
        ),
        (
            {"dialogue": _dialogue(), "labels": [{"question": "q", "value": 9, "high": 5}]},
            "q is 9, outside … to 5",
        ),
        (
            {"dialogue": _dialogue(), "labels": [{"question": "q", "value": 1, "turn": 1}]},
            "turn 1 of a dialogue of 1 turns",
        ),
        (
            {"dialogue": _dialogue(), "labels": [{"question": "q", "value": 1, "dialogue": "x"}]},
            "for dialogue 'x'",
        ),
        ({"dialogue": _dialogue(), "labels": ["good"]}, "labels.0:"),
        ({"dialogue": _dialogue(), "scores": 3}, "scores:"),
        ('{"dialogue": NaN}', "NaN is not a JSON number"),
        (
            {**_dialogue(), "turns": [{"role": "seeker", "text": "\ud800"}]},
            "half a surrogate pair",
        ),
    ],
)
def test_a_line_that_is_wrong_is_reported_and_the_next_is_read(
    read: Read, tmp_path: Path, wrong: Any, says: str
) -> None:
    entries, report = read("jsonl", _file(tmp_path, wrong, _dialogue()))
    assert len(entries) == 1
    [broken] = report.broken
    assert broken.startswith("mine.jsonl, line 1: ")
    assert says in broken


def test_a_file_of_nothing_but_wrong_lines_is_given_up_after_a_hundred(
    read: Read, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=r"first 100 records are all broken; mine\.jsonl, line 1"):
        read("jsonl", _file(tmp_path, *["{}"] * 1000))
