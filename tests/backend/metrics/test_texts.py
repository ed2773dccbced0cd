"""Metrics of texts against the packages that define them, and their invariants."""

import random

import numpy as np
import pytest
import sacrebleu
from bert_score import BERTScorer
from bert_score.utils import get_idf_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.metrics.bertscore import Weights, bertscore
from backend.metrics.bleu import bleu, self_bleu
from backend.metrics.distinct import distinct, ngrams, tokens
from backend.metrics.encoder import Encoder, EncoderError, packaged
from backend.metrics.repetition import repetition
from backend.metrics.vendi import distance, vendi

WORDS = st.sampled_from(["the", "a", "film", "horror", "funny", "sea", "!", "really", "old", "new"])
TEXT = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
TEXTS = st.lists(TEXT, min_size=2, max_size=8)

TURNS = [
    "have you seen anything by the sea?",
    "I like scary movies, but not gory ones!",
    "not yet. is it any good",
    "Ok",
    "😀 that one! 🎬",
    "well, it is about two sisters who open a hotel and find that it is haunted",
    "I like scary movies, but not gory ones!",
]


@given(TEXT, st.lists(TEXT, min_size=1, max_size=4))
def test_bleu_is_sacrebleus(candidate: str, references: list[str]) -> None:
    theirs = sacrebleu.sentence_bleu(candidate, references, tokenize="none").score / 100
    assert bleu(candidate, references) == pytest.approx(theirs, abs=1e-9)


@given(TEXTS)
def test_self_bleu_is_the_mean_bleu_against_the_others(texts: list[str]) -> None:
    found = self_bleu(texts)
    each = [bleu(text, [*texts[:at], *texts[at + 1 :]]) for at, text in enumerate(texts)]
    assert found == pytest.approx(sum(each) / len(each))


@given(TEXTS, st.randoms(use_true_random=False))
def test_diversity_knows_no_order(texts: list[str], rng: random.Random) -> None:
    mixed = rng.sample(texts, len(texts))
    assert self_bleu(mixed) == pytest.approx(self_bleu(texts))
    budget = sum(len(tokens(text)) for text in texts)
    assert distinct(mixed, 1, budget=budget) == pytest.approx(distinct(texts, 1, budget=budget))


def test_self_bleu_of_one_text_is_missing() -> None:
    assert self_bleu(["alone here"]) is None


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_vendi_lies_between_one_and_the_number_of_texts(n: int, dims: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(n, dims)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert 1 - 1e-5 <= vendi(vectors) <= n + 1e-5
    assert vendi(vectors[::-1]) == pytest.approx(vendi(vectors), rel=1e-4)


def test_vendi_counts_kinds() -> None:
    two_kinds = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
    assert vendi(two_kinds) == pytest.approx(2)
    assert vendi(two_kinds[:1]) == pytest.approx(1)
    # By hand: eigenvalues (1 ± 0.6) / 2 of two texts with a cosine of 0.6.
    shares = np.array([0.8, 0.2])
    slanted = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    assert vendi(slanted) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-5)
    assert distance(slanted) == pytest.approx(0.4, abs=1e-6)
    with pytest.raises(ValueError, match="at least one"):
        vendi(np.zeros((0, 3), dtype=np.float32))


def test_distinct_at_a_budget_counts_no_further() -> None:
    assert distinct(["a b c d", "a a a a"], 1, budget=4, draws=1) == 1
    assert distinct(["a b"], 1, budget=3) is None
    assert ngrams(["a", "b"], 3) == []


def test_repetition_looks_back_and_not_at_itself() -> None:
    same = repetition(["one two three four one two three four", "something else"])
    assert same["repeated turns"] == 0
    assert repetition(["only"])["repeated turns"] == "fewer than two turns of this role"


@pytest.fixture(scope="module")
def scorer() -> BERTScorer:
    """The package on the same weights; its tokenizer is told the length it may have."""
    made = BERTScorer(model_type=str(packaged()), num_layers=6, device="cpu")
    made._tokenizer.model_max_length = 512
    return made


def alone(scorer: BERTScorer, candidates: list[str], references: list[str]) -> np.ndarray:
    """The package's values pair by pair: in a batch they hang on the padding."""
    pairs = zip(candidates, references, strict=True)
    return np.array([[part.item() for part in scorer.score([a], [b])] for a, b in pairs])


@pytest.mark.parametrize("layer", [6, 3])
def test_bertscore_is_the_packages(layer: int) -> None:
    candidates, references = TURNS, [*TURNS[2:], *TURNS[:2]]
    theirs = BERTScorer(model_type=str(packaged()), num_layers=layer, device="cpu")
    theirs._tokenizer.model_max_length = 512
    expected = alone(theirs, candidates, references)
    found = bertscore(candidates, references, Encoder.named(), layer=layer)
    assert np.abs(np.array(found) - expected).max() < 1e-4


def test_bertscore_with_idf_is_the_packages(scorer: BERTScorer) -> None:
    candidates, references = TURNS[:3], TURNS[-3:]
    scorer._idf = True
    scorer._idf_dict = get_idf_dict(references, scorer._tokenizer, nthreads=0)
    expected = alone(scorer, candidates, references)
    weights = Weights(references, Encoder.named())
    found = bertscore(candidates, references, Encoder.named(), weights=weights)
    assert np.abs(np.array(found) - expected).max() < 1e-4


@settings(max_examples=20)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_bertscore_of_a_pair_does_not_hang_on_its_batch(pairs: list[tuple[str, str]]) -> None:
    encoder = Encoder.named()
    together = bertscore([a for a, _ in pairs], [b for _, b in pairs], encoder)
    swapped = bertscore([b for _, b in pairs], [a for a, _ in pairs], encoder)
    for (a, b), one, back in zip(pairs, together, swapped, strict=True):
        assert one == pytest.approx(bertscore([a], [b], encoder)[0], abs=1e-4)
        assert one[:2] == pytest.approx(back[:2][::-1], abs=1e-4)
        assert one[2] <= 1 + 1e-5
        if a == b:
            assert one[2] == pytest.approx(1, abs=1e-4)


def test_bertscore_needs_as_many_references() -> None:
    with pytest.raises(ValueError, match="2 candidates for 1 references"):
        bertscore(["a", "b"], ["c"], Encoder.named())


def test_an_encoder_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderError, match="no encoder '/nowhere'"):
        Encoder("/nowhere")
