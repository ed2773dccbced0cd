"""LAPS: one dialogue a session, its preferences as the scenario, no session twice."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backend.dialogue import Role
from tests.backend.corpora.conftest import Outcome, Read


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("laps", shared_data / "laps")


def _worker(name: str, *sessions: dict[str, Any]) -> dict[str, Any]:
    return {"worker_id": name, "topic": "movie", "sessions": list(sessions)}


def _session(**preferences: list[str]) -> dict[str, Any]:
    return {
        "dialogue": [
            {"role": "Assistant", "turn_number": 0, "message": "Welcome."},
            {"role": "User", "turn_number": 1, "message": "Something slow, please."},
        ],
        "preferences": preferences,
        "task_setting": "main",
    }


def test_427_film_and_979_recipe_dialogues_are_read_once_each(real: Outcome) -> None:
    topics = Counter(entry.dialogue.provenance.notes["topic"] for entry in real.entries)
    assert topics == {"movie": 427, "recipe": 979}
    assert len({entry.dialogue.id for entry in real.entries}) == 1406
    assert real.report.read == 1406
    assert real.report.notes == {"session that an earlier file holds too, read once": 427}
    assert not real.report.broken


def test_film_dialogues_keep_the_split_they_are_in(real: Outcome) -> None:
    files = Counter(entry.dialogue.provenance.notes["file"] for entry in real.entries)
    assert files["movie_dataset.json"] == 0
    assert files["movie_dataset_train.json"] == 290


def test_one_worker_is_both_sides_and_wishes_are_the_brief(real: Outcome) -> None:
    with_wishes = 0
    for entry in real.entries:
        assert entry.dialogue.seeker == entry.dialogue.recommender
        if scenario := entry.dialogue.scenario:
            with_wishes += 1
            assert scenario.targets == ()
            assert scenario.brief.attributes
    assert with_wishes == 1406 - 21


def test_sessions_of_a_worker_are_dialogues_of_one_person(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "movie_dataset_val.json"
    worker = _worker("9", _session(users_mood=["calm", "tired"], pace=[]), _session())
    file.write_text(json.dumps([worker]), encoding="utf-8")
    entries, _ = read("laps", file)
    first, second = (entry.dialogue for entry in entries)
    assert first.seeker.person == second.seeker.person == "laps:9"
    assert first.turns[1].role is Role.SEEKER
    assert first.scenario
    assert first.scenario.brief.summary == "movie — users mood: calm, tired"
    assert [str(a) for a in first.scenario.brief.attributes] == [
        "users_mood: calm",
        "users_mood: tired",
    ]
    assert second.scenario is None


def test_a_broken_session_is_reported_by_record_and_session(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "movie_dataset_val.json"
    workers = [_worker("1", {"dialogue": "none"}, _session()), {"worker_id": "2"}]
    file.write_text(json.dumps(workers), encoding="utf-8")
    entries, report = read("laps", file)
    assert len(entries) == 1
    assert [problem.split(":")[0] for problem in report.broken] == [
        "movie_dataset_val.json, record 1, session 1",
        "movie_dataset_val.json, record 2",
    ]
