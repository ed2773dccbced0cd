"""Reading turns that people type: what they do, and about what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.act_reader import Labeller, is_farewell, read

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
        ("I don't think that would be for me", ["reject"]),
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
        ("Have a good one, bye", ["bye"]),
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


OFFER = (
    Turn(role=Role.SEEKER, text="something scary please"),
    Turn(role=Role.RECOMMENDER, text="How about Saw (2004)?"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("That was a great movie, so tense!", ["seen"]),
        ("That sounds great, it's on my list now.", ["accept"]),
        ("I might give it a try tonight", ["accept"]),
        ("I have honestly never heard of that one.", ["react"]),
        ("Never seen it. What is it about?", ["inquire"]),
        ("I saw it, but I couldn't get into it.", ["seen", "reject"]),
        ("I think I'll pass", ["reject"]),
        ("I'm not much of a fan of sequels", ["critique"]),
        ("A bit too gory for my kids", ["reject", "critique"]),
        ("It has Cary Elwes in it, right?", ["inquire"]),
        ("Do you have anything else like that?", ["critique", "request"]),
        ("Yes! Loved it. Any other ideas?", ["seen", "request"]),
        ("No, I want to see something else", ["reject", "request"]),
        ("Same to you, bye!", ["bye"]),
        ("what's the weather", ["chat"]),
        ("are you a robot?", ["chat"]),
        ("what do you think of it?", ["inquire"]),
    ],
)
def test_what_is_said_of_an_offer_is_a_judgment_of_it(text: str, expected: list[str]) -> None:
    acts = read(Turn(role=Role.SEEKER, text=text), FILMS, OFFER)
    assert [act.kind.value for act in acts] == expected
    saw = FILMS.search("Saw (2004)")[0].id
    assert {act.items for act in acts if act.kind.value in {"seen", "accept", "react"}} <= {(saw,)}


def test_a_yes_to_have_you_seen_it_says_that_it_was_seen() -> None:
    asked = Turn(role=Role.RECOMMENDER, text="Have you seen Saw (2004)?")
    offered = Turn(role=Role.RECOMMENDER, text="Saw (2004) would suit you.")
    yes = Turn(role=Role.SEEKER, text="yes")
    assert [act.kind for act in read(yes, FILMS, [asked])] == [ActKind.SEEN]
    assert [act.kind for act in read(yes, FILMS, [offered])] == [ActKind.ACCEPT]


def test_a_request_carries_its_wish_and_a_remark_on_a_film_is_none() -> None:
    (request,) = read(Turn(role=Role.SEEKER, text="can you recommend a western?"), FILMS)
    assert request.kind is ActKind.REQUEST
    assert [a.value for a in request.attributes] == ["western"]
    remark = Turn(role=Role.SEEKER, text="I've seen it, it was scary")
    assert not [a for act in read(remark, FILMS, OFFER) for a in act.attributes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is a slow film, but really good.", ["explain"]),
        ("I haven't seen that one myself.", ["acknowledge"]),
        ("Try Moana (2016), it is a lovely musical.", ["recommend", "explain"]),
        ("How about Moana (2016)?", ["recommend"]),
        ("what type of movies do you enjoy", ["elicit"]),
        ("You're welcome, have a good night!", ["bye"]),
        ("I am doing great, and you?", ["chat"]),
    ],
)
def test_what_a_recommender_says_after_an_offer(text: str, expected: list[str]) -> None:
    acts = read(Turn(role=Role.RECOMMENDER, text=text), FILMS, OFFER)
    assert [act.kind.value for act in acts] == expected


def test_an_answer_to_a_question_informs() -> None:
    question = Turn(role=Role.SEEKER, text="Who is in it?")
    answer = Turn(role=Role.RECOMMENDER, text="I think Cary Elwes is.")
    (act,) = read(answer, FILMS, [*OFFER, question])
    assert act.kind is ActKind.INFORM
    assert [a.value for a in act.attributes] == ["Cary Elwes"]


def test_a_labeller_reads_the_words_whatever_acts_the_turns_carry() -> None:
    wrong = Turn(role=Role.SEEKER, text="I'll watch that one", acts=(Act(kind=ActKind.GREET),))
    labelled = Labeller(FILMS).label([*OFFER, wrong])
    assert [act.kind for act in labelled[-1].acts] == [ActKind.ACCEPT]
    assert [mention.title for mention in labelled[1].mentions] == ["Saw (2004)"]
    assert Labeller(FILMS).of_last([*OFFER, wrong]) == labelled[-1].acts


def test_a_form_tells_which_of_several_films_was_seen() -> None:
    saw, alien = (FILMS.search(title)[0].id for title in ("Saw (2004)", "Alien (1979)"))
    turns = [
        Turn(role=Role.RECOMMENDER, text="Try Saw (2004) or Alien (1979)"),
        Turn(role=Role.SEEKER, text="Loved it!"),
    ]
    form = {saw: {"seen": 0}, alien: {"seen": 1}}
    (seen,) = Labeller(FILMS, form).of_last(turns)
    assert (seen.kind, seen.items) == (ActKind.SEEN, (alien,))


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
