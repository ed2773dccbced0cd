"""UserSimCRS: simulated seekers by name, failures counted by reason, the judge's scores."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backend.dialogue import ActKind, Origin, Role
from tests.backend.corpora.conftest import Outcome, Read


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("usersimcrs", shared_data / "usersimcrs_synthetic")


def _record(talk: str = "AUA", **changes: Any) -> dict[str, Any]:
    names = {"A": "AGENT", "U": "USER"}
    return {
        "conversation ID": "17",
        "agent": {"id": "KBRD_ReDial", "type": "AGENT"},
        "user": {"id": "Dual_LLM_nemo_MovieLens", "type": "USER"},
        "conversation": [
            {"participant": names[letter], "utterance": f"line {n}", "dialogue_acts": []}
            for n, letter in enumerate(talk)
        ],
        **changes,
    }


def _write(folder: Path, records: list[Any], verdicts: Any = None) -> Path:
    for name in ("synthetic_dialogues", "results"):
        (folder / name).mkdir()
    stem = "KBRD_ReDial_Dual_LLM_nemo_MovieLens.json"
    (folder / "synthetic_dialogues" / stem).write_text(json.dumps(records), encoding="utf-8")
    if verdicts is not None:
        text = json.dumps({"KBRD_ReDial": verdicts})
        (folder / "results" / f"quality_evaluation_{stem}").write_text(text, encoding="utf-8")
    return folder


def test_all_4200_are_read_and_what_is_left_out_is_counted_by_reason(real: Outcome) -> None:
    assert real.report.read == 4200
    assert real.report.left_out == {
        "broke off with an error: JSONDecodeError": 445,
        "broke off with an error: IndexError": 431,
        "broke off with an error: ValueError": 206,
        "broke off with an error: OperationalError": 22,
        "broke off with an error: RecursionError": 7,
    }
    assert len(real.entries) == 4200 - 1111
    assert not real.report.broken


def test_ids_are_unique_though_the_sources_are_not(real: Outcome) -> None:
    ids = [entry.dialogue.provenance.notes["conversation_id"] for entry in real.entries]
    assert len(set(ids)) < len(ids)
    assert len({entry.dialogue.id for entry in real.entries}) == len(real.entries)


def test_seekers_are_named_by_kind_and_set_and_recommenders_as_in_crsarena(real: Outcome) -> None:
    seekers = Counter(
        e.dialogue.seeker.system and e.dialogue.seeker.system.name for e in real.entries
    )
    kinds = {
        f"{kind}_{data}"
        for kind in ("abus", "single_llm", "dual_llm")
        for data in ("inspired", "movielens", "redial")
    }
    # Every one of the 500 dialogues of abus_redial broke off with an error.
    assert set(seekers) == kinds - {"abus_redial"}
    recommenders = {
        e.dialogue.recommender.system.name for e in real.entries if e.dialogue.recommender.system
    }
    assert recommenders == {
        "barcor_redial",
        "barcor_opendialkg",
        "kbrd_redial",
        "unicrs_opendialkg",
        "iai_moviebot",
    }


def test_every_imported_dialogue_has_a_seeker_and_a_sane_length(real: Outcome) -> None:
    for entry in real.entries:
        assert entry.dialogue.turns_of(Role.SEEKER)
        assert len(entry.dialogue.turns) <= 60
        assert entry.dialogue.turns[0].role is Role.RECOMMENDER


def test_a_recommender_seen_from_both_sides_is_one_and_the_same_system(
    real: Outcome, read: Read, shared_data: Path
) -> None:
    humans = read("crsarena-eval", shared_data / "crsarena_eval").entries
    ours = {e.dialogue.recommender.model_dump_json() for e in real.entries}
    theirs = {e.dialogue.recommender.model_dump_json() for e in humans}
    assert len(ours & theirs) == 4


def test_the_judges_scores_are_attached_and_what_can_not_be_placed_is_counted(
    real: Outcome,
) -> None:
    scores = [score for entry in real.entries for score in entry.scores]
    assert {score.metric for score in scores} == {
        f"usersimcrs_judge.{aspect}"
        for aspect in ("rec_relevance", "com_style", "fluency", "conv_flow", "overall_sat")
    }
    assert len(scores) == 13631
    assert sum(real.report.notes.values()) == 2843


def test_a_seekers_system_tells_kind_model_and_training_set(read: Read, tmp_path: Path) -> None:
    [entry], _ = read("usersimcrs", _write(tmp_path, [_record()]))
    seeker = entry.dialogue.seeker
    assert seeker.origin is Origin.SIMULATED
    assert seeker.system
    assert (seeker.system.name, seeker.system.model) == ("dual_llm_movielens", "nemo")
    assert seeker.system.controls == {"kind": "dual_llm", "trained_on": "movielens"}


def test_failures_are_told_apart(read: Read, tmp_path: Path) -> None:
    records = [
        _record("A"),
        _record("AU" * 31),
        _record(metadata={"error": {"error_type": "KeyError", "trace": "x"}}),
        _record(user={"id": "Somebody", "type": "USER"}),
        _record("AU" * 30),
    ]
    entries, report = read("usersimcrs", _write(tmp_path, records))
    assert len(entries) == 1
    assert report.left_out == {
        "no seeker turn": 1,
        "degenerate: more than 60 utterances": 1,
        "broke off with an error: KeyError": 1,
    }
    assert "record 4: user id 'Somebody'" in report.broken[0]


def test_verdicts_are_placed_by_order_only_where_none_is_lacking(
    read: Read, tmp_path: Path
) -> None:
    def verdicts(*scores: int) -> list[dict[str, Any]]:
        return [{"conversation_id": "0", "score": score} for score in scores]

    judged = {"FLUENCY": verdicts(5, 2, 3), "CONV_FLOW": verdicts(4, 4)}
    records = [_record(), _record("A"), _record()]
    entries, report = read("usersimcrs", _write(tmp_path, records, judged))
    assert [[(s.metric, s.value) for s in entry.scores] for entry in entries] == [
        [("usersimcrs_judge.fluency", 5)],
        [("usersimcrs_judge.fluency", 3)],
    ]
    assert report.notes.total() == 2


def test_known_intents_become_acts_with_their_codes(read: Read, tmp_path: Path) -> None:
    said = {
        "participant": "USER",
        "utterance": "Anything by her?",
        "dialogue_acts": [
            {"intent": "disclose_opinion", "slot_values": [["DIRECTOR", "Her", None, None]]},
            {"intent": None, "slot_values": []},
            {"intent": "ACC", "slot_values": []},
        ],
    }
    [entry], _ = read("usersimcrs", _write(tmp_path, [_record(conversation=[said])]))
    acts = entry.dialogue.turns[0].acts
    assert [(act.kind, act.code) for act in acts] == [
        (ActKind.DISCLOSE, "disclose_opinion"),
        (ActKind.ACCEPT, "ACC"),
    ]
    assert str(acts[0].attributes[0]) == "DIRECTOR: Her"
