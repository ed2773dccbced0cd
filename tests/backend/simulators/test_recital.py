"""What a model was trained on is not recited."""

import pytest

from backend.catalogue import Catalogue
from backend.dialogue import Attribute, Brief, Turn
from backend.simulators import SeekerView
from backend.simulators.checkpoints import shipped
from backend.simulators.interplay.choosing import masked
from backend.simulators.interplay.recital import LONG, Recital, plain
from backend.simulators.interplay.seeker import InterplaySeeker

TURN = "Well, I like films about the sea and the people who live there, like @1"


def test_a_long_turn_is_found_wherever_it_stands_and_a_short_one_never_is() -> None:
    known = Recital.of([TURN, "thanks for the suggestion"])
    assert known.recites(TURN)
    assert known.recites(f"Hi! {TURN.upper()}!! Bye.")
    assert not known.recites(TURN.replace("sea", "desert"))
    assert not known.recites("thanks for the suggestion")
    assert not Recital().recites(TURN)
    assert len(plain(TURN)) >= LONG


@pytest.mark.parametrize("part", ["seeker", "recommender"])
def test_shipped_models_know_their_long_turns_by_hash_alone(part: str) -> None:
    known = Recital.packaged(shipped(part))
    assert len(known.hashes) > 9_000
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in known.hashes)


def test_a_seeker_words_a_turn_anew_rather_than_recite_it() -> None:
    catalogue = Catalogue.load()
    seeker = InterplaySeeker(catalogue=catalogue, controls={"verbosity": "long"})
    brief = Brief(summary="", attributes=(Attribute(name="genre", value="horror"),))
    view = SeekerView(brief=brief, turns=())

    def said(seed: int) -> str:
        *_, turn = seeker.respond(view, seed=seed)
        assert isinstance(turn, Turn)
        return masked(turn, catalogue)

    seed = next(seed for seed in range(60) if len(plain(said(seed))) >= LONG)
    seeker.recital = Recital.of([said(seed)])
    assert not seeker.recital.recites(said(seed))
