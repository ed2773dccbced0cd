"""Reading turns that people type: what they do, and about what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.act_reader import is_farewell, read

FILMS = Catalogue.load()


def kinds(text: str, role: Role = Role.SEEKER) -> list[str]:
    return [act.kind.value for act in read(Turn(role=role, text=text), FILMS)]


def wishes(text: str) -> tuple[set[str], set[str]]:
    """Wanted and unwanted values."""
    acts = read(Turn(role=Role.SEEKER, text=text), FILMS)
    wanted = {a.value for act in acts if act.kind is not ActKind.REJECT for a in act.attributes}
    unwanted = {a.value for act in acts if act.kind is ActKind.REJECT for a in act.attributes}
    return wanted, unwanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi", ["greet"]),
        ("something scary from the 90s", ["disclose"]),
        ("nah, seen it", ["seen", "reject"]),
        ("who directed it?", ["inquire"]),
        ("what year is it from", ["inquire"]),
        ("have you seen Get Out?", ["inquire"]),
        ("ok thanks bye", ["accept", "bye"]),
        ("sounds good, I'll watch it", ["accept"]),
        ("haven't seen it, sounds great", ["accept"]),
        ("that doesn't sound good", ["reject"]),
        ("not my thing, maybe a western instead", ["reject", "critique"]),
        ("something newer", ["critique"]),
        ("another one?", ["request"]),
        ("I liked Moana", ["disclose"]),
        ("thank you", ["acknowledge"]),
        ("i don't mind", ["disclose"]),
        ("asdf", ["chat"]),
        ("", []),
    ],
)
def test_what_a_seeker_types_is_read_as_acts(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi, what kind of movies do you like?", ["greet", "elicit"]),
        ("have you seen Get Out?", ["recommend"]),
        ("You should watch Zorgon the Ninth", ["recommend"]),
        ("It's a comedy from the 90s", ["inform"]),
        ("bye", ["bye"]),
        ("haha", ["chat"]),
    ],
)
def test_what_a_recommender_types_is_read_as_acts(text: str, expected: list[str]) -> None:
    assert kinds(text, Role.RECOMMENDER) == expected


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("something scary from the 90s", {"horror", "1990s"}, set()),
        ("no horror or war, but a comedy please", {"comedy"}, {"horror", "war"}),
        ("I don't like westerns", set(), {"western"}),
        ("a romcom", {"romance", "comedy"}, set()),
        ("no romcoms", set(), {"romance"}),
        ("i love tarantino", {"Quentin Tarantino"}, set()),
        ("a sci fi with Keanu Reeves from 1999", {"sci-fi", "Keanu Reeves", "1990s"}, set()),
        ("I liked Scary Movie", set(), set()),
    ],
)
def test_wishes_are_read_with_their_negation(
    text: str, wanted: set[str], unwanted: set[str]
) -> None:
    assert wishes(text) == (wanted, unwanted)


def test_a_turn_that_carries_acts_is_believed() -> None:
    acts = (Act(kind=ActKind.BYE),)
    assert read(Turn(role=Role.SEEKER, text="something scary", acts=acts), FILMS) == acts


def test_a_film_named_again_is_not_recommended_anew() -> None:
    first = Turn(role=Role.RECOMMENDER, text="Try Moana (2016)")
    again = Turn(role=Role.RECOMMENDER, text="Moana (2016) is an animated movie")
    assert [act.kind for act in read(again, FILMS, [first])] == [ActKind.INFORM]


@pytest.mark.parametrize("text", ["bye", "Ok, goodbye!", "gotta go", "thanks, have a good night"])
def test_goodbyes_are_recognised(text: str) -> None:
    assert is_farewell(Turn(role=Role.SEEKER, text=text))


@pytest.mark.parametrize("text", ["hi", "thanks", "I want to go on", "good idea", ""])
def test_other_words_are_no_goodbye(text: str) -> None:
    assert not is_farewell(Turn(role=Role.SEEKER, text=text))


@given(st.text(max_size=400), st.sampled_from(Role))
def test_any_text_is_read_without_an_error(text: str, role: Role) -> None:
    for act in read(Turn(role=role, text=text), FILMS):
        assert all(item in FILMS for item in act.items)
        assert all(isinstance(attribute, Attribute) for attribute in act.attributes)
