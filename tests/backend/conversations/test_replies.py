"""Replies under limits: one a person, a bounded queue, a time limit; and the moderation hook."""

import threading
from collections.abc import Iterator

import pytest

from backend import moderation
from backend.conversations.replies import Replies, TooBusy
from backend.dialogue import Origin, Role, Turn
from backend.simulators import SimulatorError

TURN = Turn(role=Role.RECOMMENDER, text="how about Heat?")


def at_once() -> Iterator[str | Turn]:
    yield "how about "
    yield "Heat?"
    yield TURN


def gated(gate: threading.Event, begun: threading.Event | None = None) -> Iterator[str | Turn]:
    if begun:
        begun.set()
    gate.wait(20)
    yield TURN


def test_pieces_come_in_order_and_the_turn_last() -> None:
    assert list(Replies().ask("ann", at_once)) == ["how about ", "Heat?", TURN]


def test_a_person_has_one_reply_in_flight() -> None:
    replies, gate = Replies(), threading.Event()
    first = replies.ask("ann", lambda: gated(gate))
    thread = threading.Thread(target=lambda: list(first))
    thread.start()
    with pytest.raises(TooBusy, match="one reply at a time"):
        replies.ask("ann", at_once)
    assert list(replies.ask("bob", at_once))[-1] == TURN
    gate.set()
    thread.join()
    assert list(replies.ask("ann", at_once))[-1] == TURN, "she may ask again once it is over"


def test_the_queue_has_a_bound() -> None:
    replies, gate = Replies(workers=1, waiting=2), threading.Event()
    results: list[list[str | Turn]] = []
    threads = []
    for number in range(3):
        pieces = replies.ask(f"rater {number}", lambda: gated(gate))
        thread = threading.Thread(target=lambda one=pieces: results.append(list(one)))
        thread.start()
        threads.append(thread)
    with pytest.raises(TooBusy, match="queue full"):
        replies.ask("one too many", at_once)
    gate.set()
    for thread in threads:
        thread.join()
    assert results == [[TURN]] * 3


def test_a_reply_that_takes_too_long_is_given_up_and_frees_its_place() -> None:
    replies, gate = Replies(workers=1, timeout=0.05), threading.Event()
    with pytest.raises(SimulatorError, match=r"no reply within 0\.05 s"):
        list(replies.ask("ann", lambda: gated(gate)))
    with pytest.raises(TooBusy):
        replies.ask("ann", at_once)
    gate.set()
    done = threading.Event()
    while not done.is_set():  # the worker lets go as soon as it runs again
        try:
            list(Replies.ask(replies, "ann", at_once))
        except (TooBusy, SimulatorError):
            continue
        done.set()


def test_what_the_simulator_raises_is_raised_here() -> None:
    def broken() -> Iterator[str | Turn]:
        yield "well, "
        raise SimulatorError("the model is gone")

    pieces = Replies().ask("ann", broken)
    assert next(pieces) == "well, "
    with pytest.raises(SimulatorError, match="the model is gone"):
        next(pieces)


def no_films(text: str, origin: Origin) -> str | None:
    """A moderator for the tests."""
    if text == "crash":
        raise RuntimeError("out of order")
    return "no films, please" if "Heat" in text and origin is Origin.HUMAN else None


def test_an_operators_moderator_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    moderation.check("Heat", Origin.HUMAN)
    monkeypatch.setenv("UNCANNY_MODERATION", f"{__name__}:no_films")
    moderation.check("Heat", Origin.SIMULATED)
    with pytest.raises(moderation.Refused, match="no films"):
        moderation.check("Heat", Origin.HUMAN)
    with pytest.raises(moderation.Refused, match="failed"):
        moderation.check("crash", Origin.HUMAN)
    monkeypatch.setenv("UNCANNY_MODERATION", "nowhere:nothing")
    with pytest.raises(moderation.Refused, match="nowhere"):
        moderation.check("hello", Origin.HUMAN)
