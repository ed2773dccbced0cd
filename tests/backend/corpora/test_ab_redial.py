"""AB-ReDial: every rater's row as labels, on the dialogue that rater read."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from backend.corpora import CorpusError
from backend.corpora.ab_redial import DIALOGUES, TURNS
from backend.dialogue import Role
from tests.backend.corpora.conftest import Outcome, Read

RATINGS = ["understanding", "task-completion", "interest-arousal", "efficiency", "dialogue-overall"]


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Path) -> Outcome:
    return read("ab-redial", shared_data / "ab_redial")


def _icc(groups: dict[object, list[float]]) -> tuple[float, float]:
    """ICC(1) and reliability of the mean from a one-way analysis of variance."""
    values = [np.array(group) for group in groups.values() if len(group) > 1]
    n, k = sum(map(len, values)), len(values)
    mean = np.concatenate(values).mean()
    between = sum(len(v) * (v.mean() - mean) ** 2 for v in values) / (k - 1)
    within = sum(((v - v.mean()) ** 2).sum() for v in values) / (n - k)
    size = (n - sum(len(v) ** 2 for v in values) / n) / (k - 1)
    single = (between - within) / (between + (size - 1) * within)
    return float(single), float((between - within) / between)


def test_every_dialogue_and_excerpt_that_the_readme_counts_is_read(real: Outcome) -> None:
    whole = [e for e in real.entries if not e.dialogue.provenance.notes["is_excerpt"]]
    assert len(whole) == 200
    excerpts = Counter[str]()
    for entry in real.entries:
        rated = {label.turn for label in entry.labels if label.turn is not None}
        excerpts[str(entry.dialogue.provenance.notes["is_excerpt"])] += len(rated)
    assert excerpts.total() == 600
    assert excerpts["True"] == 14
    assert not real.report.broken


def test_every_rating_of_every_row_is_a_label_of_that_row(real: Outcome) -> None:
    labels = [label for entry in real.entries for label in entry.labels]
    raters = {label.rater for label in labels}
    assert len(raters) == 640 + 640
    assert {str(rater).rpartition(":")[0] for rater in raters} == {"row:dialogues", "row:turns"}
    counts = Counter(label.question for label in labels)
    assert counts["dialogue_overall"] == 640 - 4
    assert counts["justification"] == 640
    assert counts["relevance"] == 1920
    assert counts["overall"] == 1920 - 1
    assert len(labels) == 5 * 636 + 640 + 3 * 1920 - 1


def test_rated_turns_are_the_recommenders_but_for_three_that_are_counted(real: Outcome) -> None:
    rated = {
        (entry.dialogue.id, label.turn, entry.dialogue.turns[label.turn].role)
        for entry in real.entries
        for label in entry.labels
        if label.turn is not None
    }
    assert Counter(role for _, _, role in rated) == {Role.RECOMMENDER: 597, Role.SEEKER: 3}
    assert real.report.notes["rated turn of an excerpt is the seeker's in the file"] == 3


def test_agreement_comes_out_as_published_from_labels_and_notes(real: Outcome) -> None:
    overall, completion, relevance = (defaultdict[object, list[float]](list) for _ in range(3))
    for entry in real.entries:
        notes = entry.dialogue.provenance.notes
        assert isinstance(notes["excerpts"], dict)
        number = {turn: excerpt for excerpt, turn in notes["excerpts"].items()}
        for label in entry.labels:
            if not isinstance(label.value, float):
                continue
            if label.question == "dialogue_overall":
                overall[notes["opening"]].append(label.value)
            elif label.question == "task_completion":
                completion[notes["opening"]].append(label.value)
            elif label.question == "relevance":
                relevance[notes["conv_id"], number[label.turn]].append(label.value)
    assert len(overall) == 189
    assert _icc(overall) == pytest.approx((0.34, 0.63), abs=0.01)
    assert _icc(completion) == pytest.approx((0.35, 0.64), abs=0.011)
    assert _icc(relevance) == pytest.approx((0.52, 0.78), abs=0.005)


def _write_dialogues(folder: Path, *rows: list[str]) -> None:
    with (folder / DIALOGUES).open("w", encoding="utf-8", newline="") as out:
        header = ["ConvId", *(f"utterance{n}" for n in range(6)), *RATINGS, "justification-text"]
        csv.writer(out).writerows([header, *rows])


def _write_turns(folder: Path, *rows: list[str]) -> None:
    header = ["ConvId"]
    for number in (1, 2, 3):
        header += [f"utterance{4 * (number - 1) + n}" for n in range(4)]
        header += [f"{name}{number}" for name in ("relevance", "interestingness", "overall")]
    with (folder / TURNS).open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])


TALK = ["SYSTEM\tHello", "USER\tA film?", "SYSTEM   Fog (1980)", "USER\tSeen it", "SYSTEM\tAh", ""]
OTHER = ["USER\tHello", "SYSTEM\tHi", "USER\tBye", "SYSTEM\tBye", "", ""]
GOOD = ["3", "2.0", "0", "1", "5"]


def test_rows_of_one_text_are_one_dialogue_and_a_shared_id_does_not_join_two(
    read: Read, tmp_path: Path
) -> None:
    _write_dialogues(
        tmp_path,
        ["A", *TALK, *GOOD, "fine"],
        ["A", *TALK, "1", "1", "3", "0", "1", "poor"],
        ["A", *OTHER, *GOOD, "short"],
    )
    entries, report = read("ab-redial", tmp_path)
    assert [len(entry.dialogue.turns) for entry in entries] == [5, 4]
    assert [len(entry.labels) for entry in entries] == [12, 6]
    assert {label.rater for label in entries[0].labels} == {"row:dialogues:2", "row:dialogues:3"}
    assert entries[0].dialogue.turns[2].text == "Fog (1980)"
    assert report.read == 2


def test_an_excerpt_labels_the_turn_where_it_stands_or_becomes_its_own_dialogue(
    read: Read, tmp_path: Path
) -> None:
    _write_dialogues(tmp_path, ["A", *TALK, *GOOD, "fine"])
    strange = ["USER\tElsewhere", "USER\tI ask", "SYSTEM\tYou do", "USER\tYes"]
    rated = ["4", "3", "5"]
    _write_turns(tmp_path, ["A", *TALK[:4], *rated, *strange, *rated, *strange, *rated])
    entries, report = read("ab-redial", tmp_path)
    whole, excerpt = entries
    assert {label.turn for label in whole.labels} == {None, 2}
    assert whole.dialogue.provenance.notes["excerpts"] == {"1": 2}
    assert len(excerpt.dialogue.turns) == 4
    assert report.notes["rated excerpt not found in its dialogue, kept as a dialogue of its own"]


def test_a_rating_off_its_scale_breaks_its_row_alone(read: Read, tmp_path: Path) -> None:
    _write_dialogues(
        tmp_path,
        ["A", *TALK, "9", *GOOD[1:], "too much"],
        ["B", *OTHER, "", *GOOD[1:], "one blank"],
        ["C", "Hello", *OTHER[1:], *GOOD, "no speaker"],
        ["D", *OTHER, "many", *GOOD[1:], "no number"],
    )
    entries, report = read("ab-redial", tmp_path)
    assert [entry.dialogue.provenance.notes["conv_id"] for entry in entries] == ["B"]
    assert report.notes["no rating for understanding in a row"] == 1
    assert report.broken[0] == f"{DIALOGUES}, line 2: understanding is 9, outside 1 to 3"
    assert [problem.split(":")[0] for problem in report.broken] == [
        f"{DIALOGUES}, line {n}" for n in (2, 4, 5)
    ]


def test_a_row_with_bytes_that_are_no_text_is_reported(read: Read, tmp_path: Path) -> None:
    _write_dialogues(tmp_path, ["A", *TALK, *GOOD, "fine"], ["B", *OTHER, *GOOD, "also"])
    file = tmp_path / DIALOGUES
    file.write_bytes(file.read_bytes().replace(b"Seen it", b"Seen \xff it"))
    entries, report = read("ab-redial", tmp_path)
    assert [entry.dialogue.provenance.notes["conv_id"] for entry in entries] == ["B"]
    assert report.broken == ["ConvId A: a text in it is no Unicode: it holds half a surrogate pair"]


def test_another_table_says_what_was_expected(read: Read, tmp_path: Path) -> None:
    (tmp_path / DIALOGUES).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"expected the columns of annotated_dialogues\.csv"):
        read("ab-redial", tmp_path)
