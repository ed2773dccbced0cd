"""The transformers engine under load, and when its model hangs, breaks or is closed."""

import gc
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.engines import (
    Decoding,
    EngineBusy,
    EngineCancelled,
    EngineFailed,
    EngineTimeout,
    EngineUnavailable,
    Message,
    Request,
)
from backend.engines.transformers_engine import TransformersEngine
from tests.backend.engines import models

GREEDY = Decoding(max_tokens=24, temperature=0)
LONG = Decoding(max_tokens=200, temperature=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.saved(tmp_path_factory.mktemp("model") / "tiny")


def ask(text: str, **more: Any) -> Request:
    return Request(messages=(Message(speaker="user", text=text),), **{"decoding": GREEDY, **more})


def test_who_gave_up_while_waiting_is_not_generated_for(folder: Path) -> None:
    held = TransformersEngine(str(folder), threads=1)
    hold = threading.Event()
    rows: list[int] = []

    def hook(_: object, __: object, given: dict[str, Any]) -> None:
        rows.append(len(given["input_ids"]))
        hold.wait(30)

    held._network.register_forward_pre_hook(hook, with_kwargs=True)
    first = held.submit(ask("film"))
    while not rows:
        time.sleep(0.001)
    leaves, stays = (held.submit(ask("film")) for _ in range(2))
    leaves.cancel()
    hold.set()
    assert first.reply().text == stays.reply().text
    assert set(rows) == {1}
    held.close()


def test_a_full_queue_says_so_and_those_in_it_know_their_place(folder: Path) -> None:
    narrow = TransformersEngine(str(folder), threads=1, max_batch=1, queue_limit=2)
    hold = threading.Event()
    hook = narrow._network.register_forward_pre_hook(lambda *_: hold.wait(30) and None)
    jobs = [narrow.submit(ask("film", seed=seed)) for seed in range(3)]
    assert [job.position for job in jobs] == [0, 1, 2]
    with pytest.raises(EngineBusy, match="2 requests are waiting"):
        narrow.submit(ask("film"))
    hold.set()
    assert all(job.reply().text for job in jobs)
    hook.remove()
    narrow.close()


def test_a_model_that_hangs_costs_no_more_than_the_timeout(folder: Path) -> None:
    stuck = TransformersEngine(str(folder), threads=1)
    hold = threading.Event()
    hook = stuck._network.register_forward_pre_hook(lambda *_: hold.wait(30) and None)
    with pytest.raises(EngineTimeout, match="nothing of it had come"):
        stuck.submit(ask("film", timeout=0.2)).reply()
    hold.set()
    hook.remove()
    assert stuck.submit(ask("film")).reply().text == models.greedy(folder, "film")
    stuck.close()


def test_a_model_that_breaks_in_mid_reply_is_reported_and_the_engine_goes_on(folder: Path) -> None:
    fragile = TransformersEngine(str(folder), threads=1)
    steps = iter(range(100))

    def third(*_: object) -> None:
        if next(steps) == 3:
            raise RuntimeError("the roof fell in")

    hook = fragile._network.register_forward_pre_hook(third)
    job = fragile.submit(ask("film"))
    with pytest.raises(EngineFailed, match="broke in mid-reply: RuntimeError: the roof fell in"):
        job.reply()
    hook.remove()
    assert fragile.submit(ask("film")).reply().text == models.greedy(folder, "film")
    fragile.close()


def test_scores_that_are_no_numbers_are_an_error(folder: Path) -> None:
    poisoned = TransformersEngine(str(folder), threads=1)
    with torch.no_grad():
        next(iter(poisoned._network.parameters())).fill_(float("nan"))
    with pytest.raises(EngineFailed, match="scores are not numbers"):
        poisoned.submit(ask("film")).reply()
    poisoned.close()


def test_a_closed_engine_gives_its_memory_back_and_takes_nothing(folder: Path) -> None:
    short_lived = TransformersEngine(str(folder), threads=1)
    network = weakref.ref(short_lived._network)
    job = short_lived.submit(ask("film", decoding=LONG))
    short_lived.close()
    with pytest.raises((EngineCancelled, EngineUnavailable)):
        job.reply()
    with pytest.raises(EngineUnavailable, match="closed"):
        short_lived.submit(ask("film"))
    gc.collect()
    assert network() is None
