"""Invariants of the parts: text as it comes, tokens that are drawn."""

import json
import math
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.engines import Decoding
from backend.engines.sampling import Sampler, choose
from backend.engines.streaming import TextStream
from tests.backend.engines import models

TOKENIZER = models.tokenizer()


def decode(ids: list[int]) -> str:
    text: Any = TOKENIZER.decode(ids, clean_up_tokenization_spaces=False)
    return str(text)


#: Any text but the mark of a broken character, which a stream leaves off at the end.
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\ufffd")


@given(
    st.text(CHARACTERS, max_size=60),
    st.lists(st.text(CHARACTERS, min_size=1, max_size=4), max_size=3),
)
def test_pieces_joined_are_the_text_up_to_the_first_stop(text: str, stops: list[str]) -> None:
    stream = TextStream(decode, stops)
    pieces = [stream.push(token) for token in TOKENIZER(text)["input_ids"]]
    said = "".join([*pieces, stream.flush()])
    ends = [at for at in (text.find(stop) for stop in stops) if at >= 0]
    assert said == stream.text == text[: min(ends, default=len(text))]
    assert stream.stopped == bool(ends)


@given(st.text(min_size=1, max_size=30))
def test_no_piece_holds_half_a_character(text: str) -> None:
    stream = TextStream(decode)
    for token in TOKENIZER(text)["input_ids"]:
        assert "\ufffd" not in stream.push(token) or "\ufffd" in text


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=12),
    st.floats(0.1, 2),
    st.integers(0, 6),
    st.floats(0.05, 1),
    st.floats(0, 0.9),
    st.integers(0, 2**40),
)
def test_a_drawn_token_is_one_the_filters_leave(
    scores: list[float], temperature: float, top_k: int, top_p: float, min_p: float, seed: int
) -> None:
    decoding = Decoding(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    (token,) = choose(torch.tensor([scores]), [Sampler(decoding, seed, [])], [None])
    assert token is not None
    values = torch.tensor(scores)
    share = (values - values.max()).div(temperature).softmax(0)
    order = share.argsort(descending=True).tolist()
    place = [share[i].item() for i in order].index(share[token].item())
    if top_k:
        assert place < top_k
    least = share[order[min(top_k or len(order), len(order)) - 1]]
    kept = [i for i in order if share[i] >= least]  # with all that equal the last of the top_k
    before = sum(share[i].item() for i in kept[:place]) / sum(share[i].item() for i in kept)
    assert place == 0 or before < top_p + 1e-6
    assert share[token] >= min_p * share.max() * (1 - 1e-6)


@settings(max_examples=10)
@given(st.integers(0, 2**40))
def test_draws_follow_the_distribution(seed: int) -> None:
    sampler = Sampler(Decoding(), seed, [])
    scores = torch.tensor([[0.0, math.log(2), math.log(5)]])
    drawn = [choose(scores.clone(), [sampler], [None])[0] for _ in range(2000)]
    for token, share in enumerate((1 / 8, 2 / 8, 5 / 8)):
        # Five standard errors: one failure in a million examples.
        assert abs(drawn.count(token) / 2000 - share) < 5 * math.sqrt(share * (1 - share) / 2000)


def test_only_what_a_grammar_permits_is_drawn() -> None:
    allowed = torch.tensor([False, True, False])
    scores = torch.tensor([[9.0, -3.0, 5.0]])
    assert choose(scores, [Sampler(Decoding(), 0, [])], [allowed]) == [1]
    nothing = torch.zeros(3, dtype=torch.bool)
    assert choose(scores.clone(), [Sampler(Decoding(), 0, [])], [nothing]) == [None]


def test_scores_that_are_no_numbers_cost_their_own_row_alone() -> None:
    scores = torch.tensor([[math.nan, 1.0], [-math.inf, 1.0]])
    samplers = [Sampler(Decoding(), seed, []) for seed in range(2)]
    assert choose(scores, samplers, [None, None]) == [None, 1]


def test_a_tiny_temperature_and_a_penalty_choose_as_they_should() -> None:
    sampler = Sampler(Decoding(temperature=1e-40, repetition_penalty=2.0), 0, [1])
    assert choose(torch.tensor([[4.0, 5.0, 3.0]]), [sampler], [None]) == [0]


def test_the_vocabulary_of_the_tests_holds_every_byte() -> None:
    assert decode(TOKENIZER(json.dumps("é🎬"))["input_ids"]) == json.dumps("é🎬")
