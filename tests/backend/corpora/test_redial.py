"""ReDial: every dialogue, films by title with their ids, both sides' forms."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.corpora import CorpusError
from backend.dialogue import Origin, Role
from tests.backend.corpora.conftest import Outcome, Read


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("redial", shared_data / "redial")


def _record(**changes: Any) -> dict[str, Any]:
    return {
        "conversationId": "7",
        "initiatorWorkerId": 1,
        "respondentWorkerId": 2,
        "movieMentions": {"11111": "The Long  Night  (1951)", "22222": None},
        "initiatorQuestions": {"11111": {"suggested": 1, "seen": 0, "liked": 2}},
        "respondentQuestions": [],
        "messages": [
            {"senderWorkerId": 1, "timeOffset": 0, "text": "Anything gloomy?"},
            {"senderWorkerId": 2, "timeOffset": 9, "text": "Try@11111, or @22222!"},
        ],
        **changes,
    }


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def _written(*lines: object) -> Path:
        file = tmp_path / "redial_mine.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return file

    return _written


def test_both_released_files_are_read_to_the_last_dialogue(real: Outcome) -> None:
    by_file = [str(entry.dialogue.provenance.notes["file"]) for entry in real.entries]
    assert by_file.count("redial_test.jsonl") == 1342
    assert by_file.count("redial_valid_ievalm.jsonl") == 1000
    assert len(real.entries) == 2342
    assert real.report.read == 2342
    assert not real.report.broken
    assert not real.report.left_out


def test_every_message_of_the_test_file_is_a_turn_with_its_time(real: Outcome) -> None:
    turns = [
        turn
        for entry in real.entries
        if entry.dialogue.provenance.notes["file"] == "redial_test.jsonl"
        for turn in entry.dialogue.turns
    ]
    assert len(turns) == 23952
    assert all(turn.time is not None for turn in turns)


def test_no_film_id_is_left_in_any_text_and_every_title_is_in_its_turn(real: Outcome) -> None:
    turns = [turn for entry in real.entries for turn in entry.dialogue.turns]
    assert not [turn.text for turn in turns if re.search(r"@\d", turn.text)]
    assert sum(len(turn.mentions) for turn in turns) == 8521 + 6327 + 1
    for turn in turns:
        for mention in turn.mentions:
            assert mention.title in turn.text
            assert mention.item
            assert mention.item.isdigit()
            assert "  " not in mention.title


def test_the_one_stray_id_is_titled_from_the_list_beside_and_counted(real: Outcome) -> None:
    assert real.report.notes["item id titled by movies_with_mentions.csv only"] == 1


def test_both_sides_are_people_with_pseudonyms_and_ids_are_unique(real: Outcome) -> None:
    assert len({entry.dialogue.id for entry in real.entries}) == 2342
    for entry in real.entries:
        for role in Role:
            player = entry.dialogue.player(role)
            assert player.origin is Origin.HUMAN
            assert player.person
            assert player.person.startswith("redial:")
        assert entry.dialogue.provenance.licence == "CC BY 4.0"


def test_a_film_is_named_by_its_tidied_title_and_kept_apart_from_its_neighbours(
    read: Read, written: Callable[..., Path]
) -> None:
    [entry], report = read("redial", written(_record()))
    answer = entry.dialogue.turns[1]
    assert answer.role is Role.RECOMMENDER
    assert answer.text == "Try The Long Night (1951), or that film!"
    assert [(m.title, m.item) for m in answer.mentions] == [("The Long Night (1951)", "11111")]
    assert answer.time == 9
    assert entry.dialogue.provenance.notes["unnamed_items"] == ["22222"]
    assert report.notes["item id without a title, written 'that film'"] == 1


def test_forms_of_both_sides_are_kept_an_empty_one_too(
    read: Read, written: Callable[..., Path]
) -> None:
    [entry], _ = read("redial", written(_record()))
    notes = entry.dialogue.provenance.notes
    assert notes["initiator_form"] == {"11111": {"suggested": 1, "seen": 0, "liked": 2}}
    assert notes["respondent_form"] == {}


def test_a_broken_line_is_reported_with_its_number_and_the_rest_is_read(
    read: Read, written: Callable[..., Path]
) -> None:
    stranger = [{"senderWorkerId": 3, "text": "Who am I?"}]
    file = written(
        _record(),
        '{"conversationId": ',
        _record(conversationId="8", messages=stranger),
        _record(
            conversationId="9", messages=[{"senderWorkerId": 1, "text": "a", "timeOffset": -1}]
        ),
        "",
        _record(conversationId="10"),
    )
    entries, report = read("redial", file)
    assert [entry.dialogue.provenance.source_id for entry in entries] == ["7", "10"]
    assert [problem.split(":")[0] for problem in report.broken] == [
        f"redial_mine.jsonl, line {n}" for n in (2, 3, 4)
    ]
    assert "worker 3, who is neither side" in report.broken[1]


def test_bytes_that_are_no_text_break_one_line_only(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "redial_mine.jsonl"
    file.write_bytes(b"\xff\xfe{}\n" + json.dumps(_record()).encode() + b"\n")
    entries, report = read("redial", file)
    assert len(entries) == 1
    assert report.broken[0].startswith("redial_mine.jsonl, line 1: not JSON")


def test_a_folder_without_its_files_says_which_names_are_looked_for(
    read: Read, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=r"redial_\*\.jsonl or train_data\.jsonl"):
        read("redial", tmp_path)


def test_a_path_that_is_not_there_is_named(read: Read, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere does not exist"):
        read("redial", tmp_path / "nowhere")
