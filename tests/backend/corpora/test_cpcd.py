"""CPCD: a dialogue an id, with the tracks that were liked noted at the turn they were shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.dialogue import Origin, Role
from tests.backend.corpora.conftest import Outcome, Read


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("cpcd", shared_data / "cpcd")


def _record(**changes: Any) -> dict[str, Any]:
    return {
        "id": "ab12",
        "turns": [
            {
                "user_query": "Songs for rain",
                "system_response": "Like these?",
                "liked_results": ["t1", "t2"],
                "disliked_results": [],
            },
            {"user_query": "Yes, thanks", "system_response": ""},
        ],
        "tracks": {"t1": {"track_titles": "Wet", "track_artists": ["Drops"]}},
        "goal_playlist": ["t1"],
        **changes,
    }


def test_all_50_conversations_and_their_1005_liked_tracks_are_read(real: Outcome) -> None:
    assert len(real.entries) == real.report.read == 50
    assert real.report.notes["track liked"] == 1005
    turns = sum(len(entry.dialogue.turns) for entry in real.entries)
    assert turns == 2 * 287 - 4
    assert real.report.notes["no message by the recommender in an exchange"] == 4
    assert {entry.dialogue.recommender.origin for entry in real.entries} == {Origin.HUMAN}


def test_liked_tracks_stand_at_the_answer_they_were_shown_with(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(_record()) + "\n", encoding="utf-8")
    [entry], _ = read("cpcd", file)
    assert [turn.role for turn in entry.dialogue.turns] == [
        Role.SEEKER,
        Role.RECOMMENDER,
        Role.SEEKER,
    ]
    notes = entry.dialogue.provenance.notes
    assert notes["liked"] == {
        "1": [{"track": "t1", "title": "Wet", "artists": ["Drops"]}, {"track": "t2"}]
    }
    assert notes["disliked"] == {}


def test_a_broken_line_is_reported_with_its_number_and_the_rest_is_read(
    read: Read, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    lines = [_record(), _record(turns=3), _record(id="cd34")]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    entries, report = read("cpcd", file)
    assert [entry.dialogue.provenance.source_id for entry in entries] == ["ab12", "cd34"]
    assert report.broken[0].startswith("mine.jsonl, line 2: turns:")
