"""Mistakes in a study file: one line for each real one, which says what would be right."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.study import Study, parse
from annotations.study_mistakes import LARGEST_NUMBER
from annotations.tasks.base import StudyError

STUDY = """
name: small
title: A small study
consent: {version: "1", text: "Do you agree?"}
instructions: Read and judge.
tasks:
  - kind: rate
    id: rate
    title: How natural?
    dialogues: {corpus: [people]}
    questions:
      - {id: naturalness, kind: scale, text: How natural?}
completion: {code: DONE-42}
"""


def told(*changes: tuple[str, str]) -> list[str]:
    """The lines about the study with these changes, without the file's name."""
    text = STUDY
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong, 1)
    with pytest.raises(StudyError) as caught:
        parse(text, source="mine.yaml")
    lines = str(caught.value).splitlines()
    assert all(re.match(r"mine\.yaml, line \d+: ", line) for line in lines)
    return [re.sub(r"^mine\.yaml, ", "", line) for line in lines]


def test_a_question_without_a_kind_is_one_mistake_that_shows_the_kinds_and_a_shape() -> None:
    (line,) = told(("kind: scale, ", ""))
    assert line.startswith("line 12: tasks.0.questions.0: missing key 'kind'; the kinds are scale,")
    assert line.endswith("For example {kind: scale, id: ..., text: ...}")
    (line,) = told(("kind: scale, text: How natural?", "text: Which?, options: {a: A, b: B}"))
    assert line.endswith("For example {kind: choice, id: ..., text: ..., options: ...}")
    (line,) = told(("kind: scale", "kind: likert"))
    assert "questions.0.kind: unknown kind 'likert'; the kinds are scale, poles, choice" in line
    (line,) = told(("kind: rate", "kind: rating"))
    assert "unknown kind 'rating'; the kinds are chat, compare" in line
    assert line.endswith("For example {kind: rate, id: ..., title: ..., dialogues: ...}")


def test_a_key_at_the_wrong_place_is_told_where_it_belongs() -> None:
    assert told(("dialogues: {corpus: [people]}", "corpus: [people]")) == [
        "line 10: tasks.0.corpus: unknown key 'corpus' here; it belongs inside 'dialogues'"
    ]


def test_a_misplaced_key_hides_no_mistake_in_the_part_it_belongs_to() -> None:
    misplaced, wrong = told(("dialogues: {corpus: [people]}", "corpus: [people]\n    dialogues: 5"))
    assert "belongs inside 'dialogues'" in misplaced
    assert "tasks.0.dialogues: should be a mapping" in wrong


def test_a_misspelt_key_is_one_mistake_and_no_key_is_ever_suggested_for_itself() -> None:
    assert told(("consent:", "consnet:")) == [
        "line 4: consnet: unknown key 'consnet'; did you mean 'consent'?"
    ]
    (line,) = told(("dialogues:", "match: {on: [x]}\n    dialogues:"))
    assert "unknown key 'match'; the keys here are kind, id, title" in line
    assert "did you mean" not in line
    (line,) = told(("title: How", "titel: x\n    title: How"))
    assert "did you mean" not in line, "the key it resembles is there already"


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ('{version: "1", text: "Do you agree?"}', "Agree?", "a mapping with version and text"),
        ("[people]", "people", "should be a list, each text; got 'people'"),
        ("name: small", "name: My Study", "a name: at most 40 small letters"),
        ("DONE-42}", "DONE-42}\nlanguage: fr", "should be one of de, en; got 'fr'"),
        ("DONE-42}", "DONE-42}\nseed: -1", "seed: should be a whole number of at least 0; got -1"),
        ("kind: scale", "kind: choice", "missing key 'options': a mapping with at least 2 key(s)"),
        ("DONE-42", "0012", 'should be text; got 12, so write "0012"'),
        ("DONE-42", "1.10", 'should be text; got 1.1, so write "1.10"'),
        ('version: "1"', "version: 2", 'should be text; got 2, so write "2"'),
    ],
)
def test_a_wrong_value_is_told_what_would_be_right(right: str, wrong: str, expected: str) -> None:
    (line,) = told((right, wrong))
    assert expected in line


def test_all_contradictions_between_parts_are_told_at_once_in_the_files_order() -> None:
    checks = """checks:
  - {task: nothing, transcripts: [["seeker: hi"]], answers: {naturalness: 1}}
  - {task: rate, transcripts: [["seeker: hi"]], answers: {wit: 1, naturalness: 9}}
practice: [{task: rate, transcripts: [["seeker: hi"]], answer: human, why: so}]
completion:"""
    lines = told(("completion:", checks))
    assert [line.split(": ")[1] for line in lines] == [
        "checks.0.task",
        "checks.1.answers.wit",
        "checks.1.answers.naturalness",
        "practice.0.task",
    ]


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan", "1.0e400", str(10**30), "2000000000"])
@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("lease_minutes", "DONE-42}", "DONE-42}\nlease_minutes: NUMBER"),
        ("pay.per_rater", "DONE-42}", "DONE-42}\npay: {per_rater: NUMBER}"),
        ("tasks.0.judgments_per_unit", "id: rate", "id: rate\n    judgments_per_unit: NUMBER"),
        ("tasks.0.dialogues.min_turns", "[people]", "[people], min_turns: NUMBER"),
        (
            "checks.0.answers.naturalness",
            "DONE-42}",
            "DONE-42}\nchecks: [{task: rate, transcripts: [['seeker: hi']], "
            "answers: {naturalness: NUMBER}}]",
        ),
    ],
)
def test_a_number_that_is_not_finite_or_too_large_is_refused_by_its_key(
    key: str, right: str, wrong: str, number: str
) -> None:
    (line,) = told((right, wrong.replace("NUMBER", number)))
    assert f": {key}: should be a finite number of at most {LARGEST_NUMBER:,}; got " in line


def test_a_number_in_a_simulators_settings_is_held_to_the_same() -> None:
    chat = """kind: chat
    role: seeker
    partners: [{simulator: critiquing, settings: {temperature: .inf}}]
    briefs: [{summary: Something funny}]"""
    lines = told(("kind: rate", chat), ("    dialogues: {corpus: [people]}\n", ""))
    assert "tasks.0.partners.0.settings.temperature: should be a finite number" in lines[0]
    assert len(lines) == 1


NUMBERS = st.one_of(
    st.floats(), st.integers(), st.floats(-2, 2), st.integers(-2, 2), st.just(LARGEST_NUMBER)
)


@given(number=NUMBERS, key=st.sampled_from(["lease_minutes", "seed", "pay", "stopping", "quality"]))
def test_every_study_that_is_accepted_can_be_read_back(number: float, key: str) -> None:
    written = {math.inf: ".inf", -math.inf: "-.inf"}.get(
        number, repr(number).replace("nan", ".nan")
    )
    value = {
        "pay": f"{{per_rater: {written}}}",
        "stopping": f"{{task: rate, width: {written}}}",
        "quality": f"{{characters_a_second: {written}}}",
    }.get(key, written)
    try:
        study = parse(f"{STUDY}{key}: {value}\n")
    except StudyError:
        return
    again = Study.model_validate_json(study.model_dump_json())
    assert again == study
    assert again.hash == study.hash


def test_a_study_made_in_code_takes_no_number_that_is_not_finite() -> None:
    protocol: dict[str, Any] = parse(STUDY).model_dump()
    with pytest.raises(ValueError, match="finite"):
        Study.model_validate({**protocol, "lease_minutes": math.inf})
