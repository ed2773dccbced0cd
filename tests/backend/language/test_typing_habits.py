"""Typing habits: what is read from people's turns is what simulated turns can be typed with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.dialogue import Role, Turn
from backend.language.typing_habits import Habits, begins_small, ends_open, typed, without_titles

FILMS = Catalogue.load()


def seeker(text: str) -> Turn:
    return Turn(role=Role.SEEKER, text=text)


def test_habits_are_shares_of_turns_and_questions_tell_nothing_of_the_closing_mark() -> None:
    turns = [seeker(text) for text in ("hi", "Scary ones, please.", "is it long?", "Ok thanks")]
    assert Habits.of(turns, FILMS) == Habits(small=0.5, open=0.67, exclaims=0.0)


def test_who_closes_with_exclamation_marks_is_seen_to() -> None:
    turns = [seeker(text) for text in ("Hi!", "Thanks!", "I liked it.", "Well...", "Which one?!")]
    assert Habits.of(turns, FILMS).exclaims == 0.75


def test_nobody_has_habits_of_turns_that_are_titles_alone() -> None:
    assert Habits.of([seeker("Scream (1996)")], FILMS) == Habits(small=0.0, open=0.0, exclaims=0.0)


@pytest.mark.parametrize(
    ("small", "mark", "told"),
    [
        (True, "", "sure, I liked Scream (1996) a lot. it was fun"),
        (True, ".", "sure, I liked Scream (1996) a lot. it was fun."),
        (False, "", "Sure, I liked Scream (1996) a lot. It was fun"),
        (False, "!", "Sure, I liked Scream (1996) a lot. It was fun!"),
    ],
)
def test_a_text_is_typed_with_each_habit(small: bool, mark: str, told: str) -> None:
    turn = seeker("Sure, I liked Scream (1996) a lot. It was fun.")
    assert typed(turn, FILMS, small=small, mark=mark) == told


def test_who_begins_with_a_small_i_writes_it_small() -> None:
    assert typed(seeker("I know, I saw It (2017)"), FILMS, small=True, mark=".") == (
        "i know, i saw It (2017)"
    )


def test_who_begins_with_a_capital_writes_i_with_one_too() -> None:
    assert typed(seeker("yes i think i'd like that"), FILMS, small=False, mark="") == (
        "Yes I think I'd like that"
    )


@given(
    st.text(alphabet="abAI .!?'", max_size=30).map(str.strip),
    st.booleans(),
    st.sampled_from(("", ".", "!")),
)
def test_typing_changes_case_and_the_closing_mark_alone(text: str, small: bool, mark: str) -> None:
    turn = seeker(text)
    found = typed(turn, FILMS, small=small, mark=mark)
    assert found.lower().rstrip(".!") == text.lower().rstrip(".!")
    bare = without_titles(seeker(found), FILMS)
    if bare[:1].isalpha() and found[:1].isalpha():
        assert begins_small(bare)[0] == int(small)
    if text.rstrip().endswith(("a", "b")):
        assert ends_open(found)[0] == int(not mark)
