"""The pool: dialogues in, dialogues out, filtered and never changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from annotations.setup import open_database
from backend.dialogue import Label, Origin, Score
from backend.pool import DialogueFilter, Entry, Pool
from tests.annotations.studies import dialogue, fill


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    database = open_database(tmp_path / "pool.db")
    fill(database)
    yield Pool(database)
    database.close()


def test_adding_twice_changes_nothing(pool: Pool) -> None:
    one = dialogue("people", 1)
    label = Label(dialogue=one.id, question="overall", value=3, rater="a", low=1, high=5)
    score = Score(dialogue=one.id, metric="length", version="1", value=7.0)
    entry = Entry(dialogue=one, labels=(label,), scores=(score,))
    first, again = pool.add([entry]), pool.add([entry])
    assert (first.dialogues, first.unchanged, first.labels, first.scores) == (0, 1, 1, 1)
    assert (again.dialogues, again.unchanged, again.labels, again.scores) == (0, 1, 0, 0)
    assert pool.labels(one.id)["number"].tolist() == [3.0]
    assert pool.scores(one.id)["value"].tolist() == [7.0]


def test_a_dialogue_comes_back_as_it_went_in(pool: Pool) -> None:
    one = dialogue("machines", 3, "secret_robin")
    assert pool.get(one.id) == one


def test_an_unknown_dialogue_is_named(pool: Pool) -> None:
    with pytest.raises(KeyError, match="no dialogue 'nothing'"):
        pool.get("nothing")


@pytest.mark.parametrize(
    ("which", "n"),
    [
        (DialogueFilter(), 48),
        (DialogueFilter(corpus=("people",)), 24),
        (DialogueFilter(seeker_origin=(Origin.SIMULATED,)), 24),
        (DialogueFilter(seeker_system=("secret_wren",)), 12),
        (DialogueFilter(seeker_system=("secret_wren", "secret_robin"), corpus=("people",)), 0),
        (DialogueFilter(min_turns=7, max_turns=7), 48),
        (DialogueFilter(min_turns=8), 0),
        (DialogueFilter(max_seeker_words=8), 0),
        (DialogueFilter(min_seeker_turns=3, recommender_system=("secret_owl",)), 48),
    ],
)
def test_filters_keep_what_meets_every_condition(pool: Pool, which: DialogueFilter, n: int) -> None:
    assert pool.count(which) == len(pool.frame(which)) == n


def test_a_label_off_its_scale_is_refused_by_the_file_itself(pool: Pool) -> None:
    one = dialogue("people", 1)
    label = Label(dialogue=one.id, question="overall", value=9, low=1, high=5)
    with pytest.raises(Exception, match="CHECK"):
        pool.add([Entry(dialogue=dialogue("people", 99), labels=(label,))])
    assert pool.count(DialogueFilter(corpus=("people",))) == 24


def test_a_score_has_a_value_or_a_reason() -> None:
    for wrong in ({"value": 1.0, "missing": "why"}, {}):
        with pytest.raises(ValidationError, match="either a value or a reason"):
            Score.model_validate({"dialogue": "x", "metric": "m", "version": "1", **wrong})
