"""IARD: codes as acts, films as mentions, texts without ids or brackets."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from backend.dialogue import ActKind, Role
from tests.backend.corpora.conftest import Outcome, Read


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("iard", shared_data / "iard")


def _said(place: int, role: str, text: str, *codes: str) -> dict[str, Any]:
    return {
        "utterance_pos": place,
        "worker_id": 5 if role == "seeker" else 6,
        "role": role,
        "utterance_text": text,
        "sub-intent/action": list(codes),
    }


def test_336_dialogues_with_4583_utterances_are_read_and_every_code_is_an_act(
    real: Outcome,
) -> None:
    turns = [turn for entry in real.entries for turn in entry.dialogue.turns]
    assert len(real.entries) == 336
    assert len(turns) == 4583
    assert sum(len(turn.acts) for turn in turns) == 7088
    assert not real.report.notes
    assert not real.report.broken
    for role in Role:
        kinds = {act.kind for turn in turns if turn.role is role for act in turn.acts}
        assert len(kinds) == {Role.SEEKER: 9, Role.RECOMMENDER: 6}[role]


def test_no_id_and_no_bracket_is_left_and_every_mention_is_in_its_text(real: Outcome) -> None:
    turns = [turn for entry in real.entries for turn in entry.dialogue.turns]
    assert not [turn.text for turn in turns if re.search(r"@\d|[<>]", turn.text)]
    assert sum(len(turn.mentions) for turn in turns) == 2659
    assert all(mention.title in turn.text for turn in turns for mention in turn.mentions)


def test_a_recommendation_names_its_items_and_keeps_the_papers_code(
    read: Read, tmp_path: Path
) -> None:
    file = tmp_path / "umap2020_IARD_mine.json"
    said = {
        "R2": _said(2, "recommender", "Try @77 <Fog  (1980)>  <Fog  (1980)> !", "REC-S", "R-ANS"),
        "S1": _said(1, "seeker", "Scare me", "IQU", "XYZ"),
    }
    record = {"12": {"accepted_recommendation": [1], "dialogue_info": said}}
    file.write_text(json.dumps(record), encoding="utf-8")
    [entry], report = read("iard", file)
    first, second = entry.dialogue.turns
    assert [(act.kind, act.code) for act in first.acts] == [(ActKind.REQUEST, "IQU")]
    assert report.notes == {"seeker code 'XYZ' unknown, dropped": 1}
    assert second.text == "Try Fog (1980) !"
    assert [(a.kind, a.code, a.items) for a in second.acts] == [
        (ActKind.RECOMMEND, "REC-S", ("77",)),
        (ActKind.INFORM, "R-ANS", ()),
    ]
    assert entry.dialogue.provenance.notes["accepting_turns"] == [0]
    assert entry.dialogue.seeker.person == "redial:5"


def test_a_broken_conversation_is_reported_and_the_rest_is_read(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "umap2020_IARD_mine.json"
    good = {"dialogue_info": {"S1": _said(1, "seeker", "Hello", "OTH")}}
    file.write_text(json.dumps({"1": {}, "2": good}), encoding="utf-8")
    entries, report = read("iard", file)
    assert [entry.dialogue.provenance.source_id for entry in entries] == ["2"]
    assert report.broken == ["umap2020_IARD_mine.json, record 1: dialogue_info: Field required"]
