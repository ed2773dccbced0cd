"""What is found wrong with a wording."""

import pytest

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Brief, Role, Turn
from backend.language.wordings import recommender_lines
from backend.simulators.interplay.checks import (
    fault_of,
    other_role,
    repeats_itself,
    with_right_years,
)
from backend.simulators.interplay.contradictions import contradicts_itself
from backend.simulators.interplay.recommender_checks import (
    false_claim,
    is_unknown,
    no_recommendation,
    unanswered,
)
from backend.simulators.interplay.script import SeekerScript, TurnPlan
from backend.simulators.interplay.seeker_checks import at_odds, not_as_meant


@pytest.fixture(scope="module")
def films() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="module")
def scream(films: Catalogue) -> Item:
    return films.search("Scream (1996)")[0]


def plan(kind: ActKind, item: Item, code: str | None = None) -> TurnPlan:
    return TurnPlan((Act(kind=kind, items=(item.id,), code=code),), (item,), "")


def fault(text: str, item: Item, films: Catalogue) -> str | None:
    named = [found.item for found in films.find(text)]
    return fault_of(text, named, plan(ActKind.RECOMMEND, item), Role.RECOMMENDER, {}, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("...", "says nothing"),
        ("You might like it.", "does not name"),
        ("Have you seen Scream (1996)? Have you seen Scream (1996)?", "twice"),
        ("Scream (1996) is as good as Heat (1995).", "names another film"),
        ("Scream (1996) or Zorgon Nine (1987)?", "not there"),
        ("Scream (1996) #recommend", "marks"),
    ],
)
def test_a_faulty_recommendation_is_found_out(
    text: str, reason: str, scream: Item, films: Catalogue
) -> None:
    assert reason in (fault(text, scream, films) or "")


def test_a_sound_recommendation_has_no_fault(scream: Item, films: Catalogue) -> None:
    assert fault("Have you seen Scream (1996)?", scream, films) is None


def test_a_wrong_year_is_set_right(scream: Item) -> None:
    assert with_right_years("I liked Scream (2004).", [scream]) == "I liked Scream (1996)."


@pytest.mark.parametrize(
    "text",
    ["It stars Al Pacino.", "It's a romance.", "It is about a haunted house.", "It won an Oscar."],
)
def test_what_the_catalogue_does_not_bear_out_is_a_false_claim(
    text: str, scream: Item, films: Catalogue
) -> None:
    assert false_claim(text, [], plan(ActKind.INFORM, scream), [], films)


def test_a_question_is_answered_by_the_fact(scream: Item) -> None:
    assert unanswered("It is a good one.", plan(ActKind.INFORM, scream, "director"))
    assert unanswered("Wes Craven did.", plan(ActKind.INFORM, scream, "director")) is None


@pytest.mark.parametrize(("code", "unknown"), [("plot", True), ("length", True), ("cast", False)])
def test_what_no_catalogue_knows_is_left_to_a_template(
    code: str, unknown: bool, scream: Item
) -> None:
    made = plan(ActKind.INFORM, scream, code)
    assert is_unknown(made.acts[0], made.films) is unknown


@pytest.mark.parametrize(
    "text",
    [
        "Hello! I have not seen Scream (1996)",
        "I have seen Scream (1996) too.",
        "Do you like horror? Have you seen Scream (1996)?",
    ],
)
def test_a_recommendation_has_to_read_like_one(text: str, scream: Item) -> None:
    assert no_recommendation(text, plan(ActKind.RECOMMEND, scream).acts)


@pytest.mark.parametrize(
    "text", ["Have you seen Scream (1996)?", "I have seen Scream (1996) and loved it."]
)
def test_an_offer_in_other_words_is_a_recommendation(text: str, scream: Item) -> None:
    assert no_recommendation(text, plan(ActKind.RECOMMEND, scream).acts) is None


def test_a_seeker_asks_what_it_meant_to_ask(scream: Item) -> None:
    asked = plan(ActKind.INQUIRE, scream, "cast").acts
    assert not_as_meant("Is it a good movie?", asked, "")
    assert not_as_meant("Who is in it?", asked, "") is None


def test_yes_alone_accepts_nothing_after_have_you_seen(scream: Item) -> None:
    taken = plan(ActKind.ACCEPT, scream).acts
    assert not_as_meant("Yes I do!", taken, "Have you seen Scream (1996)?")
    assert not_as_meant("No, I will watch it.", taken, "Have you seen Scream (1996)?") is None


def test_seen_and_not_seen_in_one_turn_is_a_contradiction() -> None:
    assert contradicts_itself("I have seen both but I haven't seen either of them!")
    assert not contradicts_itself("I haven't seen that one yet.")


@pytest.mark.parametrize(
    "text",
    [
        "I haven't seen it. It was great!",
        "Not seen that one, one of my favorites",
        "I havent seen Scream. It was not good",
        "I haven't seen it and I loved that movie",
        "I haven't seen that one. It was a little bit old for me.",
        "I don't see that one, it was boring",
        "I didn't like it, I'll have to check it out",
        "Not interested but I will definitely watch it",
    ],
)
def test_a_film_is_not_judged_unseen_nor_both_taken_and_refused(text: str) -> None:
    assert contradicts_itself(text)


@pytest.mark.parametrize(
    "text",
    [
        "I haven't seen it, but I've heard it's great",
        "Haven't seen that one, sounds like a good movie",
        "I didn't like it. Do you have another one?",
        "I don't like that kind. I'll watch anything with ghosts",
        "I never saw it. Is it a good movie?",
    ],
)
def test_hearsay_and_other_films_are_no_contradiction(text: str) -> None:
    assert not contradicts_itself(text)


def test_what_was_said_in_other_turns_is_not_said_again_at_length() -> None:
    before = [Turn(role=Role.RECOMMENDER, text="I really liked it. It's a classic of its kind.")]
    again = "It's a classic of its kind. I really liked it, too."
    assert repeats_itself(again, before, Role.RECOMMENDER)
    assert not repeats_itself(again, before, Role.SEEKER)
    assert not repeats_itself("How about something with ghosts in it?", before, Role.RECOMMENDER)


def test_a_recommender_does_not_take_films() -> None:
    assert other_role("Great, I'm going to check it out.", Role.RECOMMENDER)
    assert not other_role("Great, I'm going to check it out.", Role.SEEKER)


@pytest.mark.parametrize("line", recommender_lines("unknown_fact"))
def test_each_template_of_an_unknown_fact_is_an_honest_word(
    line: str, scream: Item, films: Catalogue
) -> None:
    text, asked = line.format(title=scream.title), plan(ActKind.INFORM, scream, "plot")
    assert unanswered(text, asked) is None
    assert false_claim(text, [scream], asked, [], films) is None


def heard(films: Catalogue, scream: Item, *, asked: bool = False) -> SeekerScript:
    """A seeker's script in which Scream was offered, and asked about where `asked`."""
    turns = [Turn(role=Role.SEEKER, text="Hi! I like horror.")]
    turns += [Turn(role=Role.RECOMMENDER, text="How about Scream (1996)?")]
    if asked:
        question = Act(kind=ActKind.INQUIRE, items=(scream.id,), code="plot")
        turns += [
            Turn(role=Role.SEEKER, text="What is it about?", acts=(question,)),
            Turn(role=Role.RECOMMENDER, text="Scream (1996) is a horror movie."),
        ]
    script = SeekerScript(films, {}, brief=Brief(summary="Something scary."))
    script.read(turns)
    return script


@pytest.mark.parametrize(
    ("kind", "text", "asked"),
    [
        (ActKind.INQUIRE, "I have, is it good?", False),
        (ActKind.SEEN, "I liked it and I hope to see that one soon", False),
        (ActKind.INQUIRE, "Is it like Scream?", False),
        (ActKind.REJECT, "No, I don't like musicals.", False),
        (ActKind.ACCEPT, "Yes, it was a very sad story.", True),
        (ActKind.REACT, "I haven't seen that one either", False),
        (ActKind.DISCLOSE, "I like Tom Hanks as Tom Hanks in it", False),
    ],
)
def test_what_is_at_odds_with_the_film_or_with_the_turns_before_is_found_out(
    kind: ActKind, text: str, asked: bool, films: Catalogue, scream: Item
) -> None:
    assert at_odds(text, [], plan(kind, scream).acts, heard(films, scream, asked=asked))


@pytest.mark.parametrize(
    ("kind", "text", "asked"),
    [
        (ActKind.INQUIRE, "I haven't seen it. Is it good?", False),
        (ActKind.INQUIRE, "I have heard of it. Who is in it?", False),
        (ActKind.SEEN, "I loved it, I'd like to watch it again", False),
        (ActKind.REJECT, "No, I don't like horror that much.", False),
        (ActKind.ACCEPT, "That sounds great, I'll watch it.", True),
        (ActKind.REACT, "I haven't seen that one", False),
    ],
)
def test_what_agrees_with_the_film_and_the_turns_before_is_let_through(
    kind: ActKind, text: str, asked: bool, films: Catalogue, scream: Item
) -> None:
    assert at_odds(text, [], plan(kind, scream).acts, heard(films, scream, asked=asked)) is None


@pytest.mark.parametrize("text", ["I've never seen Scream (1996)", "I don't like Scream (1996)"])
def test_nobody_recommends_what_they_do_not_know_or_like(text: str, scream: Item) -> None:
    assert no_recommendation(text, plan(ActKind.RECOMMEND, scream).acts)
