"""CRSArena-Eval: every dialogue, every label on its scale, and the released run as scores."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backend.corpora import CorpusError
from backend.dialogue import Origin, Role
from tests.backend.corpora.conftest import Outcome, Read


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("crsarena-eval", shared_data / "crsarena_eval")


def _record(name: str = "somebot_redial_1234", **labels: float) -> dict[str, Any]:
    return {
        "conv_id": name,
        "dialogue": [
            {"turn_ind": 0, "role": "USER", "utterance": "Something with boats "},
            {
                "turn_ind": 1,
                "role": "ASST",
                "utterance": "A Boat (1990)?",
                "turn_level_aggregated": {"relevance": 3, "interestingness": 1},
            },
        ],
        "dial_level_aggregated": {"dialogue_overall": 4, **labels},
    }


def _write(folder: Path, records: list[Any], run: list[Any] | None = None) -> Path:
    file = folder / "crs_arena_eval.json"
    file.write_text(json.dumps(records), encoding="utf-8")
    if run is not None:
        (folder / "face_run.json").write_text(json.dumps(run), encoding="utf-8")
    return file


def test_all_467_dialogues_and_4473_turns_are_read(real: Outcome) -> None:
    assert len(real.entries) == real.report.read == 467
    assert sum(len(entry.dialogue.turns) for entry in real.entries) == 4473
    assert not real.report.broken


def test_all_human_labels_are_there_with_their_scales(real: Outcome) -> None:
    labels = [label for entry in real.entries for label in entry.labels]
    counts = Counter(label.question for label in labels)
    assert counts["interestingness"] == 2235
    assert counts["relevance"] == 2230
    assert real.report.notes["recommender turn without a label for relevance"] == 5
    for question in (
        "understanding",
        "task_completion",
        "interest_arousal",
        "efficiency",
        "dialogue_overall",
        "preference_elicitation",
        "explanation",
    ):
        assert counts[question] == 467
    assert len(labels) == 7734
    highs = {label.question: label.high for label in labels}
    assert (highs["relevance"], highs["dialogue_overall"], highs["efficiency"]) == (3, 4, 1)
    assert {label.low for label in labels} == {0}
    assert {label.rater for label in labels} == {None}


def test_labels_and_scores_of_turns_stand_at_recommender_turns(real: Outcome) -> None:
    for entry in real.entries:
        rated = [label.turn for label in entry.labels] + [score.turn for score in entry.scores]
        for turn in (turn for turn in rated if turn is not None):
            assert entry.dialogue.turns[turn].role is Role.RECOMMENDER


def test_the_released_run_becomes_scores_and_what_it_lacks_is_missing_with_a_reason(
    real: Outcome,
) -> None:
    scores = [score for entry in real.entries for score in entry.scores]
    overall = [score for score in scores if score.metric == "face.dialogue_overall"]
    assert len(overall) == 467
    assert sum(score.value is not None for score in overall) == 466
    assert sum(score.metric == "face.relevance" for score in scores) == 2235
    assert sum(score.missing is not None for score in scores) == 15 * 2 + 5
    assert all(score.missing is None or "released run" in score.missing for score in scores)


def test_people_speak_first_to_nine_named_recommenders(real: Outcome) -> None:
    names = set()
    for entry in real.entries:
        assert entry.dialogue.turns[0].role is Role.SEEKER
        assert entry.dialogue.seeker.origin is Origin.HUMAN
        assert entry.dialogue.recommender.system
        names.add(entry.dialogue.recommender.system.name)
    assert len(names) == 9
    assert {"barcor_redial", "barcor_opendialkg", "kbrd_redial", "unicrs_opendialkg"} <= names


def test_without_a_run_beside_there_are_no_scores(read: Read, tmp_path: Path) -> None:
    [entry], _ = read("crsarena-eval", _write(tmp_path, [_record()]))
    assert entry.scores == ()
    assert len(entry.labels) == 3
    assert entry.dialogue.turns[0].text == "Something with boats"


def test_a_dialogue_that_the_run_forgot_has_missing_scores(read: Read, tmp_path: Path) -> None:
    run = [{"conv_id": "other_1", "turns": [], "dial_level_pred": {"understanding": 1.0}}]
    [entry], _ = read("crsarena-eval", _write(tmp_path, [_record()], run))
    assert len(entry.scores) == 5 + 2
    assert all(score.value is None for score in entry.scores)


def test_a_label_off_its_scale_is_reported_and_the_rest_is_read(read: Read, tmp_path: Path) -> None:
    records = [_record(efficiency=2), _record("somebot_redial_2"), {"conv_id": "x_1"}]
    entries, report = read("crsarena-eval", _write(tmp_path, records))
    assert [entry.dialogue.provenance.source_id for entry in entries] == ["somebot_redial_2"]
    assert report.broken == [
        "crs_arena_eval.json, record 1: efficiency is 2, outside 0 to 1",
        "crs_arena_eval.json, record 3: dialogue: Field required",
    ]


def test_another_format_says_what_was_expected(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "crs_arena_eval.json"
    file.write_text('{"conv_id": "a_1"}', encoding="utf-8")
    with pytest.raises(CorpusError, match="expected a JSON array of dialogues with conv_id"):
        read("crsarena-eval", tmp_path)
