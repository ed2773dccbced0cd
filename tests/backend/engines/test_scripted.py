"""The scripted engine keeps an engine's promises, so that tests of simulators can rely on it."""

import threading

import pytest

from backend.engines import (
    EngineBusy,
    EngineCancelled,
    EngineFailed,
    EngineTimeout,
    Message,
    Request,
    engine,
)
from backend.engines.scripted import ScriptedEngine


def ask(text: str = "go", **more: object) -> Request:
    return Request(messages=(Message(speaker="user", text=text),), **more)


def test_it_says_what_it_was_told_in_order_and_then_that_there_is_no_more() -> None:
    made = ScriptedEngine(["one two", "three"])
    assert list(made.submit(ask())) == ["one", " two"]
    assert made.submit(ask()).reply().text == "three"
    with pytest.raises(EngineFailed, match="request 3 came, but 2 replies were scripted"):
        made.submit(ask()).reply()


def test_failures_can_be_scripted() -> None:
    made = ScriptedEngine([EngineFailed("it broke"), EngineBusy("full"), "fine"])
    with pytest.raises(EngineFailed, match="it broke"):
        made.submit(ask()).reply()
    with pytest.raises(EngineBusy):
        made.submit(ask())
    assert made.generate([ask()])[0].text == "fine"  # type: ignore[union-attr]


def test_a_delayed_reply_can_be_cancelled_time_out_and_hold_up_others() -> None:
    hold = threading.Event()
    made = ScriptedEngine(lambda _: "a b c", delay=hold, delay_after=1, queue_limit=1)
    first, second = made.submit(ask()), made.submit(ask(timeout=0.05))
    assert next(iter(first)) == "a"
    assert second.position == 1
    with pytest.raises(EngineBusy):
        made.submit(ask())
    with pytest.raises(EngineTimeout, match="number 1 in line"):
        second.reply()
    first.cancel()
    with pytest.raises(EngineCancelled):
        first.reply()
    hold.set()
    assert made.submit(ask()).reply().text == "a b c"
    made.close()


def test_an_engine_is_made_by_name_and_an_unknown_one_is_an_error() -> None:
    made = engine("scripted", replies=["yes"])
    assert made.submit(ask()).reply().text == "yes"
    with pytest.raises(Exception, match="no engine 'oracle'; there are endpoint, local"):
        engine("oracle")
