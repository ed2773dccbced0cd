"""What a seeker's messages establish about what it wants."""

import pytest

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.preferences import Preferences


@pytest.fixture(scope="module")
def films() -> Catalogue:
    return Catalogue.load()


def seeker(text: str) -> Turn:
    return Turn(role=Role.SEEKER, text=text)


def recommender(text: str) -> Turn:
    return Turn(role=Role.RECOMMENDER, text=text)


OFFERED = (seeker("i want a scary movie"), recommender("Have you seen Saw (2004)?"))


def after(message: str, films: Catalogue) -> Preferences:
    return Preferences.of([*OFFERED, seeker(message)], films)


def saw(films: Catalogue) -> str:
    return films.search("Saw (2004)")[0].id


def genre(name: str) -> Attribute:
    return Attribute(name="genre", value=name)


@pytest.mark.parametrize("message", ["no horror", "nothing scary", "anything but horror"])
def test_a_refused_genre_is_not_wanted_any_more(message: str, films: Catalogue) -> None:
    wants = after(message, films)
    assert genre("horror") in wants.unwanted
    assert genre("horror") not in wants.wanted


@pytest.mark.parametrize("message", ["not that one", "hated that", "no, not for me"])
def test_a_refusal_without_a_name_means_the_film_at_hand(message: str, films: Catalogue) -> None:
    assert saw(films) in after(message, films).refused


def test_a_film_that_was_seen_is_not_allowed_again(films: Catalogue) -> None:
    wants = after("I've seen it", films)
    assert wants.seen == [saw(films)]
    assert not wants.allows(films.get(saw(films)))


def test_older_and_newer_compare_with_the_film_at_hand(films: Catalogue) -> None:
    assert after("something older please", films).latest == 2003
    assert after("newer than that", films).earliest == 2005
    assert after("before 1990", films).latest == 1989


def test_a_refused_topic_refuses_no_genre(films: Catalogue) -> None:
    wants = after("I don't really like zombies. Something with ghosts maybe?", films)
    assert genre("horror") in wants.wanted
    assert not wants.unwanted
    assert not wants.allows(films.search("Zombieland")[0])


def test_two_requests_in_one_message_are_both_heard(films: Catalogue) -> None:
    wants = after("who directed it? and do you have anything newer", films)
    assert [(act.items, act.code) for act in wants.asked] == [((saw(films),), "director")]
    assert wants.earliest == 2005
    assert {ActKind.INQUIRE, ActKind.CRITIQUE} <= {act.kind for act in wants.heard}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Who directed that one?", "director"),
        ("When did it come out", "decade"),
        ("What is it about?", "plot"),
        ("is it any good?", "rating"),
        ("can i watch it on netflix", "where"),
        ("how long is it?", "length"),
    ],
)
def test_a_question_is_about_the_film_at_hand(message: str, code: str, films: Catalogue) -> None:
    assert [(a.items, a.code) for a in after(message, films).asked] == [((saw(films),), code)]


def test_films_named_as_examples_are_liked(films: Catalogue) -> None:
    liked = [films.get(id_).title for id_ in after("I loved The Shining", films).liked]
    assert liked == ["The Shining"]


def test_acts_that_a_turn_carries_are_believed(films: Catalogue) -> None:
    act = Act(kind=ActKind.DISCLOSE, attributes=(genre("comedy"),))
    wants = Preferences.of([Turn(role=Role.SEEKER, text="hm", acts=(act,))], films)
    assert list(wants.wanted) == [genre("comedy")]


@pytest.mark.parametrize("message", ["No I have not. I'll check it out.", "nope, haven't yet"])
def test_not_having_seen_a_film_does_not_refuse_it(message: str, films: Catalogue) -> None:
    wants = after(message, films)
    assert not wants.refused
    assert ActKind.REJECT not in {act.kind for act in wants.heard}


def test_a_question_for_help_is_not_about_the_films_named_after_it(films: Catalogue) -> None:
    turn = seeker("Can you help me with something? I like Alien (1979).")
    turn = turn.model_copy(update={"mentions": films.mentions(turn.text)})
    wants = Preferences.of([turn], films)
    assert not wants.asked
    assert [films.get(id_).title for id_ in wants.liked] == ["Alien"]
