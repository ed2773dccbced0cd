"""DialogueKit: read and written, and nothing lost on the way there and back."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.corpora.dialoguekit import write
from backend.dialogue import ActKind, Dialogue, Origin, Player, Provenance, Role, Turn
from tests.backend.corpora.conftest import Read
from tests.backend.corpora.strategies import dialogues, json_values, names, texts

slots = st.tuples(texts, texts, st.none(), st.none()).map(list) | st.tuples(names, names).map(list)
utterances = st.fixed_dictionaries(
    {"participant": st.sampled_from(["AGENT", "USER"]), "utterance": texts},
    optional={
        "utterance ID": texts,
        "timestamp": texts,
        "dialogue_acts": st.lists(
            st.fixed_dictionaries(
                {
                    "intent": st.none() | st.sampled_from(["DISCLOSE", "goodbye", "REVEAL.X", ""]),
                    "slot_values": st.lists(slots, max_size=2),
                }
            ),
            max_size=2,
        ),
    },
)
records = st.fixed_dictionaries(
    {
        "conversation ID": texts,
        "conversation": st.lists(utterances, max_size=4),
        "agent": st.fixed_dictionaries({"id": names, "type": st.just("AGENT")}),
        "user": st.fixed_dictionaries({"id": names, "type": st.just("USER")}),
    },
    optional={"metadata": st.dictionaries(names, json_values, max_size=2), "other": json_values},
)


def _read(read: Read, path: Path) -> list[Dialogue]:
    entries, report = read("dialoguekit", path)
    assert not report.broken
    return [entry.dialogue for entry in entries]


@settings(max_examples=60, deadline=None)
@given(st.lists(dialogues, min_size=1, max_size=3))
def test_any_dialogue_comes_back_as_it_was_written(read: Read, made: list[Dialogue]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out.json"
        assert write(made, file) == len(made)
        assert _read(read, file) == made


@settings(max_examples=60, deadline=None)
@given(st.lists(records, min_size=1, max_size=3))
def test_any_file_of_theirs_keeps_all_its_fields_through_reading_and_writing(
    read: Read, theirs: list[dict[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "talks.json", Path(folder) / "again.json"
        first.write_text(json.dumps(theirs), encoding="utf-8")
        ours = _read(read, first)
        write(ours, second)
        written = json.loads(second.read_text(encoding="utf-8"))
        for before, after in zip(theirs, written, strict=True):
            after["metadata"].pop("uncanny")
            expected = {"metadata": {}, **before}
            for utterance in expected["conversation"]:
                utterance.setdefault("dialogue_acts", [])
            assert after == expected
        assert _read(read, second) == ours


def _file(folder: Path, *records: dict[str, Any]) -> Path:
    file = folder / "talks.json"
    file.write_text(json.dumps(records), encoding="utf-8")
    return file


def _record(**changes: Any) -> dict[str, Any]:
    return {
        "conversation ID": "1",
        "agent": {"id": "Bot", "type": "AGENT"},
        "user": {"id": "Ann", "type": "USER", "origin": "human"},
        "conversation": [
            {"participant": "USER", "utterance": "Bye", "dialogue_acts": [{"intent": "GOODBYE"}]}
        ],
        **changes,
    }


def test_who_is_human_is_read_where_it_is_said_and_counted_where_not(
    read: Read, tmp_path: Path
) -> None:
    [entry], report = read("dialoguekit", _file(tmp_path, _record()))
    assert entry.dialogue.seeker.origin is Origin.HUMAN
    assert entry.dialogue.seeker.person == "dialoguekit:Ann"
    assert entry.dialogue.recommender.system
    assert entry.dialogue.recommender.system.name == "Bot"
    assert report.notes == {"origin of the agent not said, taken as a system of that name": 1}
    assert entry.dialogue.turns[0].does(ActKind.BYE)


def test_dialogues_that_share_an_id_are_all_imported(read: Read, tmp_path: Path) -> None:
    entries, _ = read("dialoguekit", _file(tmp_path, _record(), _record()))
    assert len({entry.dialogue.id for entry in entries}) == 2


def test_an_utterance_edited_elsewhere_counts_as_it_stands(read: Read, tmp_path: Path) -> None:
    dialogue = Dialogue(
        turns=(Turn(role=Role.SEEKER, text="Helo", time=3),),
        seeker=Player(origin=Origin.HUMAN),
        recommender=Player(origin=Origin.HUMAN),
        provenance=Provenance(corpus="mine", source_id="1", licence="own"),
    )
    file = tmp_path / "talks.json"
    write([dialogue], file)
    file.write_text(file.read_text(encoding="utf-8").replace("Helo", "Hello"), encoding="utf-8")
    [edited] = _read(read, file)
    assert edited.turns[0] == Turn(role=Role.SEEKER, text="Hello", time=3)
    assert edited.id == dialogue.id


def test_a_broken_record_is_reported_by_its_place_and_the_rest_is_read(
    read: Read, tmp_path: Path
) -> None:
    strange = _record(conversation=[{"participant": "CHORUS", "utterance": "O"}])
    entries, report = read("dialoguekit", _file(tmp_path, strange, _record()))
    assert len(entries) == 1
    assert report.broken[0].startswith("talks.json, record 1: conversation.0.participant:")


def test_a_file_that_breaks_off_keeps_what_came_before(read: Read, tmp_path: Path) -> None:
    file = _file(tmp_path, _record(), _record())
    file.write_text(file.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    entries, report = read("dialoguekit", file)
    assert len(entries) == 1
    assert report.broken[0].startswith("talks.json, record 2: the JSON can't be read from here on")


def test_a_byte_order_mark_is_no_obstacle(read: Read, tmp_path: Path) -> None:
    file = _file(tmp_path, _record())
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert len(_read(read, file)) == 1
