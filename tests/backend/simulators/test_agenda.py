"""The agenda seeker: goal-driven, patient to a point, and blind to targets."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.conversations.talk import is_over, next_turn
from backend.dialogue import Act, ActKind, Attribute, Brief, Mention, Role, Turn
from backend.simulators import SeekerView, SimulatorError, simulator
from backend.simulators.agenda import REGISTERS, AgendaSeeker

FILMS = Catalogue.load()
HORROR = Attribute(name="genre", value="horror")
BRIEF = Brief(summary="I'd like something scary.", attributes=(HORROR,))
SEEKER = AgendaSeeker()


def said(turns: Sequence[Turn], *, seed: int, seeker: AgendaSeeker = SEEKER) -> Turn:
    return next_turn(seeker, SeekerView(brief=BRIEF, turns=tuple(turns)), Role.SEEKER, seed=seed)


def recommend(film: str) -> Turn:
    item = FILMS.search(film)[0]
    return Turn(
        role=Role.RECOMMENDER,
        text=f"How about {item.name}?",
        acts=(
            Act(kind=ActKind.RECOMMEND, items=(item.id,)),
            Act(kind=ActKind.EXPLAIN, items=(item.id,), attributes=item.attributes),
        ),
        mentions=(Mention(title=item.name, item=item.id),),
    )


def test_the_view_of_a_seeker_has_no_place_for_targets() -> None:
    assert set(SeekerView.model_fields) == {"brief", "turns"}
    assert set(Brief.model_fields) == {"summary", "attributes", "likes"}


@given(st.integers(0, 10_000))
def test_the_same_view_and_seed_give_the_same_turn(seed: int) -> None:
    first = said([], seed=seed)
    assert said([], seed=seed) == first
    turns = [first, recommend("Saw (2004)")]
    assert said(turns, seed=seed, seeker=AgendaSeeker()) == said(turns, seed=seed)


@given(st.integers(0, 10_000))
def test_a_chat_read_back_from_json_goes_on_with_the_same_turn(seed: int) -> None:
    turns = [said([], seed=seed), recommend("Saw (2004)")]
    stored = [Turn.model_validate_json(turn.model_dump_json()) for turn in turns]
    assert said(stored, seed=seed) == said(turns, seed=seed)


def test_streamed_pieces_joined_are_the_turn() -> None:
    *pieces, turn = SEEKER.respond(SeekerView(brief=BRIEF, turns=()), seed=3)
    assert isinstance(turn, Turn)
    assert "".join(map(str, pieces)) == turn.text


def share(film: str, kind: ActKind) -> float:
    """How often of 300 seeds a film that is recommended first gets this act."""
    opening = Turn(role=Role.SEEKER, text="hi", acts=(Act(kind=ActKind.GREET),))
    return sum(said([opening, recommend(film)], seed=seed).does(kind) for seed in range(300)) / 300


def test_what_matches_is_accepted_and_what_contradicts_is_not() -> None:
    assert share("Saw (2004)", ActKind.ACCEPT) > 0.3
    assert share("Coco (2017)", ActKind.ACCEPT) == 0
    refusing = share("Coco (2017)", ActKind.REJECT) + share("Coco (2017)", ActKind.CRITIQUE)
    assert refusing > 0.5


def test_preference_rises_with_every_attribute_met() -> None:
    wishes = (HORROR, Attribute(name="decade", value="2000s"))
    brief = Brief(summary="scary, from the 2000s", attributes=wishes)
    none, one, both = (SEEKER.preference(brief, set(wishes[:met]).__contains__) for met in range(3))
    assert none == 0 < one < both == 1


def test_patience_runs_out_and_ends_with_a_goodbye() -> None:
    for seed in range(50):
        turns = [said([], seed=seed)]
        films = [film for film in FILMS.by_popularity if not film.has(HORROR)][:30]
        for film in films:
            turns.append(recommend(film.name))
            turns.append(said(turns, seed=seed))
            if is_over(turns, max_turns=100):
                break
        assert turns[-1].does(ActKind.BYE)
        assert not any(turn.does(ActKind.ACCEPT) for turn in turns)
        assert len(turns) < 40


def test_an_accepted_film_ends_the_dialogue_within_two_more_turns() -> None:
    for seed in range(60):
        turns = [said([], seed=seed), recommend("Saw (2004)")]
        turns.append(said(turns, seed=seed))
        if turns[-1].does(ActKind.ACCEPT) and not is_over(turns):
            turns.append(Turn(role=Role.RECOMMENDER, text="Enjoy!"))
            turns.append(said(turns, seed=seed))
        if any(turn.does(ActKind.ACCEPT) for turn in turns):
            assert is_over(turns)


def test_a_film_nobody_knows_is_asked_about_first() -> None:
    turns = [said([], seed=1), Turn(role=Role.RECOMMENDER, text="You should try Zorgon the Ninth")]
    assert said(turns, seed=1).does(ActKind.INQUIRE)


def test_one_register_holds_for_a_whole_dialogue() -> None:
    registers = {SEEKER.persona(seed).register for seed in range(60)}
    assert registers == set(REGISTERS)
    terse = AgendaSeeker(register="terse")
    for seed in range(30):
        text = said([], seed=seed, seeker=terse).text
        assert text == text.lower()


def test_openings_are_varied() -> None:
    assert len({said([], seed=seed).text for seed in range(200)}) > 100


def test_turned_knobs_are_another_system_and_impossible_ones_an_error() -> None:
    assert simulator("agenda", Role.SEEKER).system.name == "agenda"
    other = simulator("agenda", Role.SEEKER, patience=(1, 2)).system
    assert other.name == "agenda(patience=[1, 2])"
    assert other.controls["patience"] == [1, 2]
    with pytest.raises(SimulatorError, match="patience"):
        AgendaSeeker(patience=(3, 1))
    with pytest.raises(SimulatorError, match="keenness"):
        AgendaSeeker(keenness=(0.5, 1.5))
    with pytest.raises(SimulatorError, match="no register 'posh'; there are terse"):
        AgendaSeeker(register="posh")  # type: ignore[arg-type]


@given(st.lists(st.text(max_size=120), max_size=6), st.integers(0, 99))
def test_whatever_the_other_side_types_the_seeker_answers(texts: list[str], seed: int) -> None:
    turns: list[Turn] = []
    for text in texts:
        turns.append(said(turns, seed=seed))
        turns.append(Turn(role=Role.RECOMMENDER, text=text))
    answer = said(turns, seed=seed)
    assert answer.role is Role.SEEKER
    assert answer.text.strip()
    assert answer.acts


def test_a_wish_for_something_else_than_films_is_refused() -> None:
    brief = Brief(summary="Blue, please.", attributes=(Attribute(name="colour", value="blue"),))
    with pytest.raises(SimulatorError, match="it looks for films by genre"):
        list(SEEKER.respond(SeekerView(brief=brief, turns=()), seed=1))
