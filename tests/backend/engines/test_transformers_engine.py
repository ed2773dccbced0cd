"""The transformers engine: what `generate()` says, many at once, and what can go wrong."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.engines import (
    Decoding,
    EngineCancelled,
    EngineFailed,
    Grammar,
    Message,
    Reply,
    Request,
)
from backend.engines.transformers_engine import TransformersEngine
from tests.backend.engines import models

GREEDY = Decoding(max_tokens=24, temperature=0)
LONG = Decoding(max_tokens=200, temperature=1)


@pytest.fixture(scope="module", params=["llama", "neox"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.saved(tmp_path_factory.mktemp("model") / "tiny", request.param)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[TransformersEngine]:
    made = TransformersEngine(str(folder), threads=1)
    yield made
    made.close()


def ask(text: str, **more: Any) -> Request:
    return Request(messages=(Message(speaker="user", text=text),), **{"decoding": GREEDY, **more})


TEXTS = ["film", "a quiet film about a lighthouse", "7", "nobody at all, and a loud one " * 3]


def test_greedy_replies_are_those_of_generate_alone_and_in_a_batch(
    running: TransformersEngine, folder: Path
) -> None:
    wanted = [models.greedy(folder, text) for text in TEXTS]
    assert [running.submit(ask(text)).reply().text for text in TEXTS] == wanted
    batched = running.generate([ask(text) for text in TEXTS])
    assert [reply.text for reply in batched if isinstance(reply, Reply)] == wanted


def test_a_seed_gives_the_same_reply_whatever_runs_beside_it(running: TransformersEngine) -> None:
    sampled = Decoding(max_tokens=24, temperature=1.0, top_p=0.9)
    requests = [ask(text, decoding=sampled, seed=seed) for text in TEXTS for seed in range(3)]
    together = running.generate(requests)
    alone = [running.submit(request).reply() for request in requests]
    assert together == alone
    assert len({reply.text for reply in alone}) > len(TEXTS)


def test_replies_of_other_lengths_touch_no_other(running: TransformersEngine) -> None:
    lengths = [Decoding(max_tokens=n, temperature=0) for n in (40, 3, 17, 9, 28, 1)]
    requests = [ask(text, decoding=d) for d in lengths for text in TEXTS]
    jobs = [running.submit(request) for request in requests]
    alone = [running.submit(request).reply() for request in requests]
    assert [job.reply() for job in jobs] == alone


@pytest.mark.parametrize("kind", ["gpt2", "lfm2"])
def test_a_model_of_any_type_says_in_a_batch_what_it_says_alone(kind: str, tmp_path: Path) -> None:
    made = TransformersEngine(str(models.saved(tmp_path, kind)), threads=1)
    near_the_end = ask("0" * 180, decoding=Decoding(max_tokens=500, temperature=0))
    requests = [near_the_end, *(ask(text, decoding=LONG) for text in TEXTS)]
    together = made.generate(requests)
    assert together == [made.submit(request).reply() for request in requests]
    made.close()


def test_more_than_fits_is_worked_off_in_batches(running: TransformersEngine, folder: Path) -> None:
    narrow = TransformersEngine(str(folder), threads=1, max_batch=3, batch_tokens=150)
    requests = [ask(text, seed=seed) for seed in range(3) for text in TEXTS]
    assert narrow.generate(requests) == running.generate(requests)
    narrow.close()


def test_samples_differ_and_do_not_depend_on_what_runs_beside_them(
    running: TransformersEngine,
) -> None:
    sampled = Decoding(max_tokens=24, temperature=1.0, repetition_penalty=1.2)
    request = ask("film", decoding=sampled, samples=4, seed=2)
    alone = running.submit(request).reply()
    assert len({sample.text for sample in alone.samples}) == 4
    beside = [ask(text, decoding=sampled, samples=3) for text in TEXTS]
    assert running.generate([*beside, request])[-1] == alone
    first = running.submit(request.model_copy(update={"samples": 1})).reply()
    assert first.text == alone.text


def test_each_sample_follows_the_grammar_by_itself(running: TransformersEngine) -> None:
    pattern = r"[a-c]{1,9}( [0-9]{1,9})?"
    wide = Decoding(max_tokens=40, temperature=1.5)
    asked = [ask("go", grammar=Grammar(regex=pattern), decoding=wide, samples=5), ask("go")]
    formed, free = running.generate(asked)
    assert isinstance(formed, Reply)
    assert all(re.fullmatch(pattern, sample.text) for sample in formed.samples)
    assert len({sample.text for sample in formed.samples}) > 1
    assert free == running.submit(ask("go")).reply()


def test_settings_that_come_with_a_model_do_not_change_how_it_decodes(
    running: TransformersEngine, folder: Path, tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "copy"))
    path = copied / "generation_config.json"
    own = {"repetition_penalty": 9.0, "max_length": 5, "do_sample": True, "suppress_tokens": [9]}
    path.write_text(json.dumps({**json.loads(path.read_text()), **own}))
    opinionated = TransformersEngine(str(copied), threads=1)
    said = opinionated.generate([ask(text) for text in TEXTS])
    assert said == running.generate([ask(text) for text in TEXTS])
    opinionated.close()


def test_pieces_come_while_the_reply_is_being_made(running: TransformersEngine) -> None:
    job = running.submit(ask("film", decoding=LONG, seed=3))
    pieces = iter(job)
    first = next(pieces)
    reply = first + "".join(pieces)
    assert reply == job.reply().text
    assert len(first) < len(reply)


@pytest.mark.parametrize("seed", range(8))
def test_a_grammar_is_followed(running: TransformersEngine, seed: int) -> None:
    pattern = r" ?#(seen|accept)( @[1-3]){1,2}( \+genre=(horror|comedy))?"
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"act": {"enum": ["greet", "bye"]}, "n": {"type": "integer", "maximum": 9}},
        "required": ["act", "n"],
        "additionalProperties": False,
    }
    wide = Decoding(max_tokens=120, temperature=1.5)
    by_regex = Grammar(regex=pattern)
    assert running.enforces(by_regex)
    said = running.submit(ask("go", grammar=by_regex, seed=seed, decoding=wide)).reply()
    assert re.fullmatch(pattern, said.text)
    by_schema = Grammar(json_schema=schema)
    given = running.submit(ask("go", grammar=by_schema, seed=seed, decoding=wide)).reply()
    if given.finish == "stop":  # a random model may count to the end of its tokens
        assert json.loads(given.text)["act"] in {"greet", "bye"}


def test_a_grammar_that_is_none_fails_alone(running: TransformersEngine) -> None:
    broken, fine = running.generate([ask("go", grammar=Grammar(regex="(")), ask("go")])
    assert isinstance(broken, EngineFailed)
    assert "can't be compiled" in str(broken)
    assert isinstance(fine, Reply)


def test_a_stop_string_ends_a_reply_and_is_not_part_of_it(running: TransformersEngine) -> None:
    whole = running.submit(ask("film")).reply().text
    stop = whole[5:7]
    cut = running.submit(ask("film", decoding=GREEDY.model_copy(update={"stop": (stop,)}))).reply()
    assert cut.text == whole[: whole.index(stop)]
    assert cut.finish == "stop"


def test_one_row_is_cancelled_without_the_others(running: TransformersEngine) -> None:
    alone = running.submit(ask("7", decoding=LONG, seed=1)).reply()
    leaves, stays = (running.submit(ask("7", decoding=LONG, seed=1)) for _ in range(2))
    next(iter(leaves))
    leaves.cancel()
    with pytest.raises(EngineCancelled):
        leaves.reply()
    assert stays.reply() == alone


def test_a_prompt_that_is_too_long_is_refused_with_the_numbers(
    running: TransformersEngine,
) -> None:
    with pytest.raises(EngineFailed, match=r"sees 256 tokens and the prompt alone has \d+"):
        running.submit(ask("0 1 2 3 " * 200)).reply()


def test_a_reply_ends_where_the_model_sees_no_further(running: TransformersEngine) -> None:
    reply = running.submit(ask("0" * 180, decoding=Decoding(max_tokens=500, temperature=0))).reply()
    assert reply.prompt_tokens is not None
    assert reply.new_tokens is not None
    assert reply.finish == "length" or reply.new_tokens < 76
    assert reply.prompt_tokens + reply.new_tokens <= 256
