"""Seekers of one behaviour in several languages, and what recommenders make of them."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from backend.__main__ import app
from backend.catalogue import Catalogue
from backend.conversations.simulation import made, plans
from backend.dialogue import Act, ActKind, Attribute, Dialogue, Role, Turn
from backend.evaluation.holistic import ARMS, MEASURES, Arms, false_progress, markdown
from backend.simulators import SimulatorError, simulator
from backend.simulators.arms import LANGUAGES, ArmSeeker, WordsOnly, entities, hedged, noisy

FILMS = Catalogue.load()
PLANNED = plans(FILMS, 12, seed=3)


def dialogues(seeker: ArmSeeker, words_only: bool = True) -> list[Dialogue]:
    recommender = simulator("critiquing", Role.RECOMMENDER)
    found = list(made(seeker, WordsOnly(recommender) if words_only else recommender, PLANNED))
    assert all(isinstance(one, Dialogue) for one in found)
    return [one for one in found if isinstance(one, Dialogue)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_targeted_seeker_takes_its_target_and_nothing_else(language: str) -> None:
    taken = 0
    for dialogue in dialogues(ArmSeeker(language=language), words_only=language != "entities"):
        assert dialogue.scenario is not None
        for turn in dialogue.turns_of(Role.SEEKER):
            for act in turn.acts:
                if act.kind is ActKind.ACCEPT:
                    taken += 1
                    assert set(act.items) <= set(dialogue.scenario.targets)
    assert taken


def test_a_seeker_without_targets_takes_what_fits() -> None:
    found = dialogues(ArmSeeker(targeted=False))
    taken = [a for d in found for t in d.turns for a in t.acts if a.kind is ActKind.ACCEPT]
    assert taken
    targets = {i for d in found if d.scenario for i in d.scenario.targets}
    assert not all(set(act.items) <= targets for act in taken)


def test_languages_differ_and_systems_are_named_for_them() -> None:
    texts = {}
    for language in LANGUAGES:
        seeker = ArmSeeker(language=language)
        assert seeker.system.name == f"arm({language}, targeted)"
        texts[language] = " ".join(
            t.text for d in dialogues(seeker) for t in d.turns_of(Role.SEEKER)
        )
    assert len(set(texts.values())) == len(LANGUAGES)
    assert "genre: " in texts["entities"]
    assert "dishes" in texts["off_topic"] or "neighbour" in texts["off_topic"]


def test_entities_are_acts_and_nothing_else() -> None:
    horror = Attribute(name="genre", value="horror")
    acts = (Act(kind=ActKind.GREET), Act(kind=ActKind.REQUEST, attributes=(horror,)))
    assert entities(acts) == "hi, genre: horror"
    assert entities([Act(kind=ActKind.INQUIRE, code="director")]) == "director?"


@given(st.text(alphabet="abcdefgh XYZ.,!?", min_size=1, max_size=60), st.integers())
def test_slips_keep_the_number_of_words(text: str, seed: int) -> None:
    assert len(noisy(text, random.Random(seed)).split()) == len(text.split())


def test_slips_spare_the_title_and_hedges_keep_the_words() -> None:
    title = "Groundhog Day"
    assert all(
        "groundhog" in noisy("Groundhog Day please", random.Random(s), kept=title)
        for s in range(40)
    )
    assert all("scary" in hedged("Something scary.", random.Random(s)) for s in range(20))


def test_a_recommender_that_hears_words_only_sees_no_acts() -> None:
    seen: list[Turn] = []

    class Spy:
        system, informed = simulator("critiquing", Role.RECOMMENDER).system, False
        variables: dict[str, tuple[str, ...]] = {}  # noqa: RUF012

        def respond(self, view, *, seed):  # type: ignore[no-untyped-def]
            seen.extend(turn for turn in view.turns if turn.role is Role.SEEKER)
            return simulator("critiquing", Role.RECOMMENDER).respond(view, seed=seed)

    list(made(ArmSeeker(), WordsOnly(Spy()), PLANNED[:2]))
    assert seen
    assert not any(turn.acts or turn.mentions for turn in seen)


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(SimulatorError, match="no language 'klingon'; there are entities"):
        ArmSeeker(language="klingon")


def outcomes(standard: float, holistic: float, n: int = 40) -> Arms:
    rng = np.random.default_rng(0)
    values = {
        measure: {
            arm: (rng.random(n) < (standard if is_standard else holistic)).astype(float)
            for arm, is_standard in ARMS.items()
        }
        for measure in MEASURES
    }
    return Arms(f"{standard}", values)


def test_false_progress_is_the_gain_that_only_the_standard_protocol_sees() -> None:
    base, hollow, solid = outcomes(0.2, 0.2), outcomes(0.9, 0.2), outcomes(0.9, 0.9)
    promised = false_progress(hollow, base)
    assert promised.low is not None
    assert promised.value == pytest.approx(0.7, abs=0.15)
    assert promised.low > 0.4
    held = false_progress(solid, base)
    assert held.low is not None
    assert held.high is not None
    assert held.low < 0 < held.high or abs(held.value or 0) < 0.15
    assert false_progress(base, base).value == 0
    assert "| false-progress index over 0.2 |" in markdown([base, hollow])


def test_what_an_arm_lacks_is_missing() -> None:
    base = outcomes(0.5, 0.5)
    empty = {m: {a: np.full(40, np.nan) for a in ARMS} for m in MEASURES}
    none = Arms("none", empty)
    assert none.estimate("recall@1", "noisy").missing == "nothing was recommended"
    assert false_progress(none, base, "recall@1").missing == "an arm has no recall@1 for both"


def test_the_command_makes_the_table() -> None:
    asked = ["holistic", "--recommender", "critiquing", "-n", "4", "--seed", "1"]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0, told.output
    assert "| success | entities (standard) | templates (standard) | noisy |" in told.output
    wrong = CliRunner().invoke(app, ["holistic", "--recommender", "nobody", "-n", "2"])
    assert wrong.exit_code == 1
