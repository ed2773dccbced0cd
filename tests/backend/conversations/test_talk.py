"""Two simulators talking: over when it is over, reproducible, without a leak."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.catalogue import Catalogue
from backend.conversations.scenarios import draw
from backend.conversations.simulation import is_accepted, made, plans
from backend.conversations.talk import is_over, talk
from backend.dialogue import Act, ActKind, Dialogue, Origin, Role, System, Turn
from backend.simulators import RecommenderView, SeekerView, SimulatorError, simulator

FILMS = Catalogue.load()
SEEKER = simulator("agenda", Role.SEEKER)
RECOMMENDER = simulator("critiquing", Role.RECOMMENDER)


def dialogues(n: int, *, seed: int) -> list[Dialogue]:
    found = list(made(SEEKER, RECOMMENDER, plans(FILMS, n, seed=seed)))
    assert all(isinstance(one, Dialogue) for one in found)
    return [one for one in found if isinstance(one, Dialogue)]


@pytest.fixture(scope="module")
def two_hundred() -> list[Dialogue]:
    return dialogues(200, seed=1)


class Watched:
    """Plays like another simulator and keeps what it was shown."""

    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, role: Role) -> None:
        self._player = SEEKER if role is Role.SEEKER else RECOMMENDER
        self.system = self._player.system
        self.shown: list[Any] = []

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        self.shown.append(view)
        return self._player.respond(view, seed=seed)


def test_each_side_is_shown_its_own_view_and_no_hidden_target() -> None:
    for seed in range(20):
        scenario = draw(FILMS, seed)
        seeker, recommender = Watched(Role.SEEKER), Watched(Role.RECOMMENDER)
        talk(seeker, recommender, scenario, seed=seed)
        assert all(type(view) is SeekerView for view in seeker.shown)
        assert all(type(view) is RecommenderView for view in recommender.shown)
        assert all(view.brief == scenario.brief for view in seeker.shown)
        shown = json.dumps([view.model_dump(mode="json") for view in recommender.shown])
        assert scenario.brief.summary not in shown
        assert all(id_ not in seeker.shown[0].model_dump_json() for id_ in scenario.targets)


def test_no_seeker_names_a_film_before_the_recommender_did(two_hundred: list[Dialogue]) -> None:
    for dialogue in two_hundred:
        named: set[str] = set()
        for turn in dialogue.turns:
            ids = {mention.item or "" for mention in turn.mentions}
            if turn.role is Role.SEEKER:
                ids |= {mention.item or "" for mention in FILMS.mentions(turn.text)}
                assert {FILMS.get(id_).title for id_ in ids} <= {
                    FILMS.get(id_).title for id_ in named
                }
            named |= ids


def test_every_film_mentioned_exists_and_is_in_the_text(two_hundred: list[Dialogue]) -> None:
    for dialogue in two_hundred:
        for turn in dialogue.turns:
            for mention in turn.mentions:
                title = FILMS.get(mention.item or "").title
                assert title.casefold() in turn.text.casefold()


def test_lengths_and_outcomes_vary(two_hundred: list[Dialogue]) -> None:
    lengths = {len(dialogue.turns) for dialogue in two_hundred}
    accepted = sum(is_accepted(dialogue) for dialogue in two_hundred)
    assert len(lengths) >= 6
    assert 0.5 * 200 < accepted < 0.95 * 200
    assert all(dialogue.turns[-1].does(ActKind.BYE) or len(dialogue.turns) == 20
               for dialogue in two_hundred)  # fmt: skip


def test_no_recommendation_is_made_twice(two_hundred: list[Dialogue]) -> None:
    for dialogue in two_hundred:
        recommended = [
            id_
            for turn in dialogue.turns_of(Role.RECOMMENDER)
            for act in turn.acts
            if act.kind is ActKind.RECOMMEND
            for id_ in act.items
        ]
        assert len(recommended) == len(set(recommended))


def test_source_ids_are_unique_and_provenance_is_whole(two_hundred: list[Dialogue]) -> None:
    assert len({dialogue.id for dialogue in two_hundred}) == 200
    for dialogue in two_hundred:
        provenance = dialogue.provenance
        assert provenance.corpus == "simulated"
        assert provenance.licence == "MIT"
        assert provenance.seed is not None
        assert set(provenance.versions) == {"uncanny", "python"}
        assert dialogue.seeker.origin is dialogue.recommender.origin is Origin.SIMULATED


def test_other_knobs_give_another_source_id() -> None:
    scenario = draw(FILMS, 5)
    usual = talk(SEEKER, RECOMMENDER, scenario, seed=5)
    hasty = simulator("agenda", Role.SEEKER, patience=(1, 1))
    ids = {
        usual.provenance.source_id,
        talk(hasty, RECOMMENDER, scenario, seed=5).provenance.source_id,
        talk(SEEKER, RECOMMENDER, scenario, seed=6).provenance.source_id,
        talk(SEEKER, RECOMMENDER, scenario, seed=5, max_turns=4).provenance.source_id,
        talk(SEEKER, RECOMMENDER, draw(FILMS, 6), seed=5).provenance.source_id,
    }
    assert len(ids) == 5


def test_the_same_seed_gives_the_same_bytes_and_a_larger_n_the_same_beginning() -> None:
    few = [d.model_dump_json() for d in dialogues(5, seed=3)]
    more = [d.model_dump_json() for d in dialogues(8, seed=3)]
    other = [d.model_dump_json() for d in dialogues(5, seed=4)]
    assert few == more[:5]
    assert not set(few) & set(other)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.integers(0, 1000), st.sampled_from(Role))
def test_a_dialogue_is_never_longer_than_it_may_be(longest: int, seed: int, opens: Role) -> None:
    dialogue = talk(
        SEEKER, RECOMMENDER, draw(FILMS, seed), seed=seed, max_turns=longest, opens=opens
    )
    assert 1 <= len(dialogue.turns) <= longest
    assert dialogue.turns[0].role is opens
    assert all(
        one.role is other.role.other
        for one, other in zip(dialogue.turns, dialogue.turns[1:], strict=False)
    )


def test_a_dialogue_is_over_by_act_by_word_or_by_length() -> None:
    hello = Turn(role=Role.SEEKER, text="hello")
    typed = Turn(role=Role.SEEKER, text="ok thanks bye")
    acted = Turn(role=Role.SEEKER, text="so long", acts=(Act(kind=ActKind.BYE),))
    assert not is_over([])
    assert not is_over([hello])
    assert is_over([hello, typed])
    assert is_over([hello, acted])
    assert is_over([hello] * 20)
    assert not is_over([hello] * 20, max_turns=21)


class Mute:
    """A simulator that says nothing."""

    system = System(name="mute", simulator="mute")
    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def respond(self, view: Any, *, seed: int) -> Iterator[str | Turn]:
        return iter(())


def test_a_simulator_without_a_turn_is_named() -> None:
    with pytest.raises(SimulatorError, match="mute gave no seeker turn"):
        talk(Mute(), RECOMMENDER, draw(FILMS, 1), seed=1)
    with pytest.raises(SimulatorError, match="max_turns is at least 1"):
        talk(SEEKER, RECOMMENDER, draw(FILMS, 1), seed=1, max_turns=0)
