"""The critiquing recommender: asks, recommends, takes critiques, and states true facts only."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue, Item
from backend.conversations.talk import next_turn
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.simulators import RecommenderView, SimulatorError
from backend.simulators.critiquing import CritiquingRecommender

FILMS = Catalogue.load()
RECOMMENDER = CritiquingRecommender()


def chat(*texts: str, seed: int = 1) -> list[Turn]:
    """The recommender's answers to these messages, typed without acts."""
    turns: list[Turn] = []
    for text in texts:
        turns.append(Turn(role=Role.SEEKER, text=text))
        view = RecommenderView(turns=tuple(turns))
        turns.append(next_turn(RECOMMENDER, view, Role.RECOMMENDER, seed=seed))
    return turns[1::2]


def recommended(turn: Turn) -> list[Item]:
    return [
        FILMS.get(id_) for act in turn.acts if act.kind is ActKind.RECOMMEND for id_ in act.items
    ]


def test_the_view_of_a_recommender_holds_the_turns_alone() -> None:
    assert set(RecommenderView.model_fields) == {"turns"}


def test_it_asks_before_it_knows_anything() -> None:
    assert chat("hi")[-1].does(ActKind.ELICIT)


def test_it_asks_no_more_than_it_may() -> None:
    answers = chat("hello", *["anything really"] * 5)
    assert sum(turn.does(ActKind.ELICIT) for turn in answers) == 2
    assert recommended(answers[-1])


@pytest.mark.parametrize("seed", range(10))
def test_what_it_recommends_meets_what_was_stated(seed: int) -> None:
    (film,) = recommended(chat("something scary from the 90s please", seed=seed)[-1])
    assert film.has(Attribute(name="genre", value="horror"))
    assert film.has(Attribute(name="decade", value="1990s"))


def test_a_compound_critique_changes_both_attributes() -> None:
    answers = chat("a comedy from the 80s", "no comedy, a thriller from the 2000s instead")
    (film,) = recommended(answers[-1])
    assert film.has(Attribute(name="genre", value="thriller"))
    assert film.has(Attribute(name="decade", value="2000s"))
    assert not film.has(Attribute(name="genre", value="comedy"))


def test_newer_and_older_compare_with_the_film_at_hand() -> None:
    answers = chat("a horror movie from the 80s", "too old, something newer", "no, older")
    first, second, third = (recommended(turn)[0].year or 0 for turn in answers)
    assert first < second
    assert third < second


def test_nothing_is_recommended_twice_nor_what_was_seen() -> None:
    answers = chat("a western", *["nah, another one"] * 12)
    films = [film.id for turn in answers for film in recommended(turn)]
    assert len(films) == len(set(films)) == 13
    answers = chat("I have seen The Matrix (1999)", "sci-fi from the 90s", *["another one"] * 20)
    assert "The Matrix" not in {film.title for turn in answers for film in recommended(turn)}


def test_wishes_that_no_film_meets_are_given_up_and_it_says_so() -> None:
    answer = chat("a western from the 1920s with Tom Cruise")[-1]
    (relaxed,) = [act for act in answer.acts if act.kind is ActKind.ACKNOWLEDGE and act.attributes]
    assert recommended(answer)
    wished = {("genre", "western"), ("decade", "1920s"), ("cast", "Tom Cruise")}
    assert {(a.name, a.value) for a in relaxed.attributes} < wished


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("who directed it?", "Jordan Peele"),
        ("who stars in it?", "Daniel Kaluuya"),
        ("what year is it from?", "2017"),
        ("what genre is it?", "horror"),
    ],
)
def test_questions_about_a_film_are_answered_with_its_facts(question: str, fact: str) -> None:
    answer = chat("have you seen Get Out?", question)[-1]
    assert fact in answer.text
    assert answer.does(ActKind.INFORM)


def test_what_the_catalogue_does_not_know_it_does_not_make_up() -> None:
    film = next(f for f in FILMS.by_popularity if f.year and not f.values.get("director"))
    answer = chat(f'have you seen "{film.title}" ({film.year})?', "who directed it?")[-1]
    (informed,) = answer.acts
    assert informed.kind is ActKind.INFORM
    assert informed.attributes == ()


def test_a_liked_film_leads_to_a_similar_one() -> None:
    (film,) = recommended(chat("I liked Toy Story (1995)", "please recommend something")[-1])
    liked = FILMS.search("Toy Story (1995)")[0]
    assert set(film.attributes) & set(liked.attributes)
    assert film != liked


def test_thanks_and_goodbye_are_answered_and_goodbye_closes() -> None:
    answers = chat("a comedy from the 90s", "sounds good", "thanks", "bye")
    assert answers[1].does(ActKind.ACKNOWLEDGE)
    assert not answers[2].does(ActKind.BYE)
    assert answers[3].does(ActKind.BYE)


@pytest.mark.parametrize("text", ["", "   ", "you suck", "what's the weather", "x" * 50_000])
def test_empty_hostile_off_topic_and_endless_messages_get_a_short_polite_answer(
    text: str,
) -> None:
    answer = chat("a comedy", text)[-1]
    assert answer.text.strip()
    assert len(answer.text) < 300
    assert not answer.does(ActKind.BYE)


def test_impossible_knobs_are_an_error() -> None:
    with pytest.raises(SimulatorError, match="breadth"):
        CritiquingRecommender(breadth=0)
    assert CritiquingRecommender(questions=0).system.name == "critiquing(questions=0)"


@given(st.lists(st.text(max_size=150), min_size=1, max_size=6), st.integers(0, 99))
def test_whatever_is_typed_it_answers_the_same_way_twice(texts: list[str], seed: int) -> None:
    answers = chat(*texts, seed=seed)
    assert all(turn.text.strip() and turn.acts for turn in answers)
    assert chat(*texts, seed=seed) == answers


_WISHES = st.sampled_from(
    ["something funny", "an old western", "with Tom Hanks", "who is in it?", "when was it made?",
     "nah", "seen it", "newer", "what is it about?", "not horror", "by Steven Spielberg", "ok"]
)  # fmt: skip


@given(st.lists(_WISHES, min_size=1, max_size=8), st.integers(0, 500))
def test_every_film_named_exists_and_every_fact_stated_is_true(texts: list[str], seed: int) -> None:
    for turn in chat(*texts, seed=seed):
        for mention in turn.mentions:
            assert mention.item
            assert mention.title == FILMS.get(mention.item).name
            assert mention.title in turn.text or FILMS.get(mention.item).title in turn.text
        for act in turn.acts:
            if act.kind in {ActKind.EXPLAIN, ActKind.INFORM}:
                _assert_true(turn.text, act)


def _assert_true(text: str, act: Act) -> None:
    (item,) = (FILMS.get(id_) for id_ in act.items)
    for attribute in act.attributes:
        assert item.has(attribute)
        told = str(item.year) if attribute.name == "decade" else attribute.value
        assert told in text
    for year in re.findall(r"(?:from|in) (\d{4})\.", text):
        assert int(year) == item.year
