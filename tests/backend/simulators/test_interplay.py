"""Simulators with a model: what they may see, what they commit to, and that facts are true."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.catalogue import Catalogue
from backend.conversations.simulation import made, plans
from backend.conversations.talk import Broken, next_turn
from backend.dialogue import Act, ActKind, Attribute, Brief, Dialogue, Role, Scenario, Turn
from backend.engines import EngineFailed, Reply
from backend.metrics.leakage import audit
from backend.simulators import (
    InformedView,
    RecommenderView,
    SeekerView,
    Simulator,
    SimulatorError,
    simulator,
)
from backend.simulators.acts import ACTS
from backend.simulators.interplay.recommender import InterplayRecommender
from backend.simulators.interplay.seeker import InterplaySeeker
from backend.simulators.modular import ModularRecommender

FILMS = Catalogue.load()
HORROR = Attribute(name="genre", value="horror")


@pytest.fixture(scope="module")
def seeker() -> InterplaySeeker:
    return InterplaySeeker(catalogue=FILMS)


@pytest.fixture(scope="module")
def recommender() -> InterplayRecommender:
    return InterplayRecommender(catalogue=FILMS)


@pytest.fixture(scope="module")
def dialogues(seeker: InterplaySeeker, recommender: InterplayRecommender) -> list[Dialogue]:
    found = list(made(seeker, recommender, plans(FILMS, 12, seed=1)))
    assert not [one for one in found if isinstance(one, Broken)]
    return [one for one in found if isinstance(one, Dialogue)]


def test_every_action_is_one_of_the_role_and_committed_to(dialogues: list[Dialogue]) -> None:
    for turn in (turn for dialogue in dialogues for turn in dialogue.turns):
        assert turn.acts
        assert {act.kind for act in turn.acts} <= set(ACTS[turn.role])
        assert turn.text.strip()
        assert "@" not in turn.text
        assert "#" not in turn.text


def test_films_named_are_in_the_catalogue_and_those_recommended_are_named(
    dialogues: list[Dialogue],
) -> None:
    for turn in (turn for dialogue in dialogues for turn in dialogue.turns):
        for mention in turn.mentions:
            assert mention.item in FILMS
            assert mention.title in turn.text
        for act in turn.acts:
            if act.kind is ActKind.RECOMMEND:
                assert {m.item for m in turn.mentions} >= set(act.items)


def test_facts_stated_of_a_film_recommended_are_true(dialogues: list[Dialogue]) -> None:
    checked = 0
    for turn in (turn for dialogue in dialogues for turn in dialogue.turns):
        items = [FILMS.get(m.item) for m in turn.mentions if m.item]
        if turn.role is not Role.RECOMMENDER or not items:
            continue
        people = {
            name
            for item in items
            for kind in ("cast", "director")
            for name in item.values.get(kind, ())
        }
        everybody = {
            name for kind in ("cast", "director") for name in FILMS.values[kind] if " " in name
        }
        said = {name for name in everybody if name in turn.text}
        checked += 1
        assert said <= people
    assert checked


def test_a_target_is_named_first_by_nobody_but_as_a_film_that_is_liked_by_chance(
    seeker: InterplaySeeker, dialogues: list[Dialogue]
) -> None:
    n, leaks = audit(dialogues, FILMS)
    assert n == len(dialogues)
    by_id = {dialogue.id: dialogue for dialogue in dialogues}
    for leak in leaks:
        one = by_id[leak.dialogue]
        assert one.scenario
        view = SeekerView(brief=one.scenario.brief, turns=one.turns[:1])
        assert leak.item in seeker.script(view, one.provenance.seed or 0).brief.likes


def test_the_seeker_reads_its_wish_and_no_target(seeker: InterplaySeeker) -> None:
    target, other = FILMS.matching([HORROR])[:2]
    wish = Brief(summary="", attributes=(HORROR,))
    told = simulator("two_model_with_target", Role.SEEKER)
    assert told.informed
    assert isinstance(told, InterplaySeeker)
    for offered, is_target in ((target, True), (other, False)):
        turns = (Turn(role=Role.RECOMMENDER, text=offered.name, mentions=(offered.mention(),)),)
        free = seeker.reads(SeekerView(brief=wish, turns=turns), seed=1)
        assert "; fits" in free[-1].text
        view = InformedView(brief=wish, turns=turns, targets=(target.id,))
        assert ("; fits" in told.reads(view, seed=1)[-1].text) is is_target


def test_the_recommender_reads_words_and_not_what_the_seeker_committed_to(
    recommender: InterplayRecommender,
) -> None:
    words = Turn(role=Role.SEEKER, text="hello there")
    acts = (Act(kind=ActKind.DISCLOSE, attributes=(HORROR,)),)
    bare = recommender.reads(RecommenderView(turns=(words,)), seed=1)
    acted = recommender.reads(
        RecommenderView(turns=(words.model_copy(update={"acts": acts}),)), seed=1
    )
    assert bare == acted
    assert "horror" not in " ".join(message.text for message in acted)


def test_a_wish_that_was_said_is_searched_by(recommender: InterplayRecommender) -> None:
    said = Turn(role=Role.SEEKER, text="I want a horror movie from the 1990s")
    ranked = recommender.ranking(RecommenderView(turns=(said,)))
    assert FILMS.get(ranked[0]).has(HORROR)
    assert FILMS.get(ranked[0]).has(Attribute(name="decade", value="1990s"))


def test_of_two_questions_the_first_is_answered_though_its_title_is_misspelt(
    recommender: InterplayRecommender,
) -> None:
    text = "Who directed Lethal Wepon 2? Who is in Scream (1996)?"
    view = RecommenderView(turns=(Turn(role=Role.SEEKER, text=text),))
    turn = next_turn(recommender, view, Role.RECOMMENDER, seed=1)
    assert "Richard Donner" in turn.text


def test_an_act_that_is_asked_for_is_performed() -> None:
    view = SeekerView(brief=Brief(summary="", attributes=(HORROR,)), turns=())
    for act in ("request", "greet", "disclose"):
        told = simulator("controlled", Role.SEEKER, controls={}, act=act)
        kinds = {a.kind.value for a in next_turn(told, view, Role.SEEKER, seed=2).acts}
        assert kinds == {act}


@pytest.mark.parametrize("act", ["inquire", "seen", "reject", "accept"])
def test_a_verdict_that_is_asked_for_is_given_on_any_film(act: str) -> None:
    film = FILMS.matching([HORROR])[0]
    offer = Turn(role=Role.RECOMMENDER, text=f"Try {film.name}.", mentions=(film.mention(),))
    greeting = Turn(role=Role.SEEKER, text="Hello")
    view = SeekerView(brief=Brief(summary="", attributes=(HORROR,)), turns=(greeting, offer))
    told = simulator("controlled", Role.SEEKER, controls={}, act=act)
    kinds = {a.kind.value for a in next_turn(told, view, Role.SEEKER, seed=2).acts}
    assert kinds == {act}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"controls": {"shoe size": "44"}}, "no session variable 'shoe size'; there are|of a"),
        ({"controls": {"mood": "purple"}}, "mood is one of down, even, up; got 'purple'"),
        ({"act": "dance"}, "no act 'dance' of a seeker"),
        ({"decoding": {"heat": 1}}, "no decoding setting 'heat'"),
        ({"model": "/nowhere"}, "no folder /nowhere"),
        ({"engine": "abacus"}, "no engine 'abacus'"),
        ({"engine_settings": {"colour": 1}}, "does not take"),
    ],
)
def test_settings_that_cant_be_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulatorError, match=message):
        simulator("interplay", Role.SEEKER, **settings)


def test_parts_of_the_modular_recommender_are_switched_separately() -> None:
    view = RecommenderView(turns=(Turn(role=Role.SEEKER, text="hi, any good movies?"),))
    guided = ModularRecommender(catalogue=FILMS)
    free = ModularRecommender(catalogue=FILMS, guidance=False)
    blind = ModularRecommender(catalogue=FILMS, knowledge=False)
    script = guided.script(view, 1)
    assert guided.possible(script, view).must == {ActKind.ELICIT}
    assert ActKind.ELICIT not in free.possible(script, view).must
    film = FILMS.matching([HORROR])[0]
    assert "horror" in script.facts([film])
    assert "horror" not in blind.script(view, 1).facts([film])
    assert guided.system.controls["knowledge"] is True
    assert blind.system.controls["knowledge"] is False


def test_provenance_names_the_very_model(seeker: InterplaySeeker) -> None:
    name, digest = str(seeker.system.model).split("#")
    assert name == "seeker"
    assert len(digest) == 12


class Falls(InterplaySeeker):
    """Its model answers until its third turn, then breaks."""

    def steps(self, view: Any, *, seed: int) -> Any:
        if len(view.turns) >= 4 and seed % 2:
            raise EngineFailed("the roof fell in")
        return super().steps(view, seed=seed)


def test_one_talk_that_breaks_off_is_told_and_the_others_go_on(
    recommender: InterplayRecommender,
) -> None:
    planned = plans(FILMS, 6, seed=2)
    found = list(made(Falls(catalogue=FILMS), recommender, planned))
    for plan, one in zip(planned, found, strict=True):
        if isinstance(one, Broken):
            assert plan.seed % 2
            assert one.turns[-1].role is Role.RECOMMENDER
            assert sum(turn.role is Role.SEEKER for turn in one.turns) == 2
            assert "the roof fell in" in str(one)
    assert {isinstance(one, Broken) for one in found} == {True, False}


def test_words_that_never_hold_are_an_error_and_no_made_up_turn() -> None:
    steps = InterplaySeeker(catalogue=FILMS).steps(
        SeekerView(brief=Brief(summary=""), turns=()), seed=1
    )

    def drive() -> None:
        request = next(steps)
        while True:
            text = "disclose about any" if request.grammar else " @@@ ~~"
            request = steps.send(Reply(text=text, finish="stop"))

    with pytest.raises(SimulatorError, match="found no words that hold"):
        drive()


def scenario_without_attributes() -> Scenario:
    brief = Brief(summary="I'd like to see a horror film from the 1980s")
    return Scenario(brief=brief, targets=())


def test_a_wish_in_words_alone_is_understood(seeker: InterplaySeeker) -> None:
    view = SeekerView(brief=scenario_without_attributes().brief, turns=())
    assert "You want: horror" in seeker.reads(view, seed=1)[0].text


def kinds_of(turns: Sequence[Turn]) -> set[ActKind]:
    return {act.kind for turn in turns for act in turn.acts}


def test_a_person_may_play_the_other_side(recommender: InterplayRecommender) -> None:
    said = [
        Turn(role=Role.SEEKER, text="can you recommend a funny movie? I loved Airplane! (1980)")
    ]
    partner: Simulator = recommender
    for typed in ("have you seen it?", "<b>hi</b>", "🎬", "x" * 400, "no"):
        answer = next_turn(partner, RecommenderView(turns=tuple(said)), Role.RECOMMENDER, seed=4)
        assert answer.text
        said += [answer, Turn(role=Role.SEEKER, text=typed)]


def test_the_checkpoints_are_small_enough_to_ship() -> None:
    from backend.simulators.checkpoints import CHECKPOINTS

    for name in ("seeker", "recommender"):
        files = [path for path in Path(CHECKPOINTS / name).rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) < 20 * 2**20
        assert (CHECKPOINTS / name / "README.md").is_file()
        assert (CHECKPOINTS / name / "training.json").is_file()
