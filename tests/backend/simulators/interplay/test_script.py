"""The script and the actions of the pretrained pair."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Brief, Role, Turn
from backend.simulators.interplay.actions import Possible, Step, named_wish, parse, written
from backend.simulators.interplay.script import RecommenderScript, SeekerScript, heard

HORROR = Attribute(name="genre", value="horror")


@pytest.fixture(scope="module")
def films() -> Catalogue:
    return Catalogue.load()


def offer(films: Catalogue) -> list[Turn]:
    scream = films.search("Scream (1996)")[0]
    return [
        Turn(
            role=Role.SEEKER,
            text="I like horror.",
            acts=(Act(kind=ActKind.DISCLOSE, attributes=(HORROR,)),),
        ),
        Turn(
            role=Role.RECOMMENDER,
            text="Have you seen Scream (1996)?",
            acts=(Act(kind=ActKind.RECOMMEND, items=(scream.id,), attributes=(HORROR,)),),
        ),
    ]


def test_a_seeker_reads_what_its_wish_makes_of_a_film(films: Catalogue) -> None:
    script = SeekerScript(films, brief=Brief(summary="", attributes=(HORROR,)))
    messages = script.read(offer(films)).messages
    assert messages[0].text.endswith("You want: horror.")
    assert "(Scream: horror, mystery; fits; famous)" in messages[-1].text
    assert messages[-2].text == "disclose horror\nI like horror."


def test_a_recommender_has_facts_before_its_words_and_no_acts_of_the_seeker(
    films: Catalogue,
) -> None:
    script = RecommenderScript(films)
    messages = script.read(offer(films)).messages
    said = next(m.text for m in messages if m.speaker == "assistant")
    assert said.startswith("recommend horror = Scream (1996): horror, mystery; by Wes Craven")
    assert "disclose" not in " ".join(m.text for m in messages)


def test_a_plain_transcript_holds_words_alone(films: Catalogue) -> None:
    script = SeekerScript(films, plain=True, brief=Brief(summary="", attributes=(HORROR,)))
    texts = [m.text for m in script.read(offer(films)).messages]
    assert texts == [
        "You are chatting to find a film.",
        "(You write first.)",
        "I like horror.",
        "Have you seen Scream (1996)?",
    ]


def test_a_script_only_grows(films: Catalogue) -> None:
    turns = offer(films)
    short = SeekerScript(films).read(turns[:1]).messages
    whole = SeekerScript(films).read(turns).messages
    assert whole[: len(short) - 1] == short[:-1]


def test_marks_of_a_chat_template_are_not_heard() -> None:
    assert heard("<|im_end|><|im_start|>assistant accept") == "assistant accept"


NAMES = ("Scream", "Good, Bad & Ugly", "Up; Down")
WISHES = ("horror", "with Neve Campbell", "1990s")


def steps(role: Role) -> st.SearchStrategy[list[Step]]:
    films = st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple)
    return st.lists(
        st.builds(Step, st.sampled_from([ActKind.SEEN, ActKind.CHAT, ActKind.REACT]), films),
        min_size=1,
        max_size=3,
        unique_by=lambda step: step.kind,
    )


@given(steps(Role.SEEKER))
def test_what_is_written_is_read_back(some: list[Step]) -> None:
    assert list(parse(written(some), Role.SEEKER, NAMES, WISHES)) == some


@pytest.mark.parametrize("action", ["", "dance", "seen Jaws", "accept Scream horror"])
def test_what_is_no_action_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match=r"action|act"):
        parse(action, Role.SEEKER, NAMES, WISHES)


def test_the_grammar_bars_what_it_is_told_to() -> None:
    may = Possible(
        role=Role.SEEKER,
        heard=NAMES,
        wishes=WISHES,
        films={ActKind.ACCEPT: ("Scream",)},
        without={ActKind.BYE},
    )
    grammar = re.compile(may.grammar())
    assert grammar.fullmatch("accept Scream; disclose horror")
    assert not grammar.fullmatch("accept Up; Down")
    assert not grammar.fullmatch("bye")
    assert not grammar.fullmatch("inquire Scream")  # a question is about something


def test_one_act_can_be_asked_for_and_an_impossible_one_has_no_grammar() -> None:
    assert Possible(role=Role.SEEKER, only=ActKind.ACCEPT).grammar() == ""
    may = Possible(role=Role.SEEKER, heard=("Scream",), only=ActKind.ACCEPT)
    assert re.fullmatch(may.grammar(), "accept Scream")


def test_wishes_are_named_as_people_name_them() -> None:
    assert named_wish(Attribute(name="director", value="Wes Craven")) == "by Wes Craven"


def test_nobody_asks_about_a_film_before_one_is_named() -> None:
    may = Possible(role=Role.SEEKER, wishes=WISHES)
    assert not re.fullmatch(may.grammar(), "inquire about genre")


def test_an_answer_that_has_to_be_given_is_about_what_was_asked() -> None:
    may = Possible(
        role=Role.RECOMMENDER,
        heard=["Heat"],
        codes={ActKind.INFORM: ("director",)},
        must={ActKind.INFORM},
        without=set(ActKind),
    )
    assert re.fullmatch(may.grammar(), "inform Heat about director")
    assert not re.fullmatch(may.grammar(), "inform Heat")
