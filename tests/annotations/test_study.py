"""A study as a file: what is accepted, what is refused, and how a mistake is told."""

from pathlib import Path

import pytest

from annotations import records
from annotations.setup import open_database, set_up
from annotations.study import load, parse, ready_made
from annotations.tasks.base import StudyError
from backend.pool import Entry, Pool
from tests.annotations.studies import PROTOCOL, dialogue, fill


@pytest.mark.parametrize("name", ready_made())
def test_a_ready_made_study_is_valid(name: str) -> None:
    study = load(name)
    assert study.name == name
    assert study.minutes > 0


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("marks: true", "mraks: true", "unknown key 'mraks'; did you mean 'marks'?"),
        ("kind: compare", "kind: compair", "'compair'"),
        (
            "judgments_per_unit: 4",
            "judgments_per_unit: none",
            "a whole number of at least 1; got 'none'",
        ),
        ("per_system: 3", "per_system: 0", "a whole number of at least 1; got 0"),
        ('{version: "1", ', "{", "missing key 'version'"),
        ("answer: human", "answer: maybe", "'maybe' is none of"),
        ("text: How natural?}", "text: How natural?, anchors: {9: top}}", "anchor 9 is off"),
        ("seeker: hi", "alice: hi", "starts neither `seeker:` nor `recommender:`"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(
    right: str, wrong: str, told: str
) -> None:
    with pytest.raises(StudyError) as caught:
        parse(PROTOCOL.replace(right, wrong, 1), source="mine.yaml")
    assert told in str(caught.value)
    line = PROTOCOL[: PROTOCOL.index(right)].count("\n") + 1
    assert f"mine.yaml, line {line}: " in str(caught.value)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list", "a: [", "a: !!python/x y"])
def test_what_is_no_study_is_refused_plainly(text: str) -> None:
    with pytest.raises(StudyError, match=r"study"):
        parse(text)


def test_an_unknown_study_names_those_there_are() -> None:
    with pytest.raises(StudyError, match="ready-made ones are demo, match_score, matched_seekers"):
        load("nonsense")


def test_the_hash_is_of_what_is_said_not_of_how_it_is_written() -> None:
    assert parse(PROTOCOL).hash == parse("# a comment\n" + PROTOCOL).hash
    assert parse(PROTOCOL).hash != parse(PROTOCOL.replace("Read and", "Read, then")).hash


def test_the_same_protocol_twice_is_one_and_another_under_its_name_is_refused(
    tmp_path: Path,
) -> None:
    database = open_database(tmp_path / "twice.db")
    fill(database)
    assert set_up(database, parse(PROTOCOL)) is True
    units = records.progress(database, "small")
    assert set_up(database, parse(PROTOCOL)) is False
    assert records.progress(database, "small").equals(units)
    with pytest.raises(StudyError, match="never changed"):
        set_up(database, parse(PROTOCOL.replace("Read and", "Read, then")))


def test_a_pool_without_the_dialogues_says_what_to_import(tmp_path: Path) -> None:
    database = open_database(tmp_path / "empty.db")
    with pytest.raises(StudyError, match=r"Import people first: python -m backend import"):
        set_up(database, parse(PROTOCOL))
    assert records.study_names(database) == []


def test_a_pool_without_simulated_dialogues_says_how_to_make_them(tmp_path: Path) -> None:
    database = open_database(tmp_path / "empty.db")
    Pool(database).add([Entry(dialogue=dialogue("people", number)) for number in range(4)])
    protocol = PROTOCOL.replace("[machines]", "[simulated], seeker_system: [agenda]")
    told = r"Make simulated dialogues first: python -m backend simulate --seeker agenda$"
    with pytest.raises(StudyError, match=told):
        set_up(database, parse(protocol))


def test_sides_that_are_not_what_they_claim_are_refused(tmp_path: Path) -> None:
    database = open_database(tmp_path / "mixed.db")
    fill(database)
    mixed = PROTOCOL.replace("simulated: {corpus: [machines]}", "simulated: {corpus: [people]}", 1)
    with pytest.raises(StudyError, match="`simulated` side have seeker_origin"):
        set_up(database, parse(mixed))


def test_pairs_are_matched_and_no_dialogue_is_used_twice(tmp_path: Path) -> None:
    database = open_database(tmp_path / "pairs.db")
    fill(database)
    set_up(database, parse(PROTOCOL))
    rows = database.rows("SELECT dialogues FROM units WHERE task = 'compare'")
    used = [one for row in rows for one in row["dialogues"].strip("[]").split(", ")]
    assert len(rows) == 6
    assert len(used) == len(set(used)) == 12
