"""A partner's turn: limits, moderation, and why there is no answer."""

import threading
from collections.abc import Iterator

import pytest

from backend.conversations.partner import NoAnswer, answer
from backend.conversations.replies import Replies
from backend.dialogue import Origin, Role, Turn
from backend.simulators import SimulatorError

TURN = Turn(role=Role.SEEKER, text="I like old films")


@pytest.fixture
def limits() -> Replies:
    return Replies(workers=1, waiting=0, timeout=5)


def respond() -> Iterator[str | Turn]:
    yield from ("I like ", "old films", TURN)


def refuse_old(text: str, origin: Origin) -> str | None:
    """A moderator of these tests."""
    return "about age" if "old" in text and origin is Origin.SIMULATED else None


def pass_all(text: str, origin: Origin) -> str | None:
    """A moderator of these tests."""
    return None


def test_pieces_come_first_and_the_turn_last(limits: Replies) -> None:
    assert list(answer(respond, asker="a", limits=limits)) == ["I like ", "old films", TURN]


def test_a_spent_budget_asks_nobody(limits: Replies) -> None:
    def never() -> Iterator[str | Turn]:
        raise AssertionError("was asked")

    with pytest.raises(NoAnswer, match="daily budget") as caught:
        next(answer(never, asker="a", limits=limits, is_spent=True))
    assert caught.value.kind == "spent"


def test_whoever_asks_while_a_reply_is_being_made_is_told_to_wait(limits: Replies) -> None:
    gate = threading.Event()

    def slow() -> Iterator[str | Turn]:
        yield "I like "
        gate.wait(20)
        yield TURN

    first = answer(slow, asker="a", limits=limits)
    assert next(first) == "I like "
    for asker in ("a", "b"):  # one reply each, and the queue has room for one
        with pytest.raises(NoAnswer) as caught:
            next(answer(respond, asker=asker, limits=limits))
        assert caught.value.kind == "busy"
    gate.set()
    assert list(first) == [TURN]


@pytest.mark.parametrize("failing", [True, False])
def test_a_partner_without_a_turn_is_silent_and_says_why(limits: Replies, failing: bool) -> None:
    def broken() -> Iterator[str | Turn]:
        yield "I "
        if failing:
            raise SimulatorError("the model is gone")

    with pytest.raises(NoAnswer, match="the model is gone" if failing else "without a turn") as no:
        list(answer(broken, asker="a", limits=limits))
    assert no.value.kind == "silent"


def test_with_a_moderator_nothing_is_shown_before_the_whole_turn_was_looked_at(
    limits: Replies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCANNY_MODERATION", f"{__name__}:pass_all")
    assert list(answer(respond, asker="a", limits=limits)) == [TURN]
    monkeypatch.setenv("UNCANNY_MODERATION", f"{__name__}:refuse_old")
    with pytest.raises(NoAnswer, match="about age"):
        list(answer(respond, asker="a", limits=limits))
