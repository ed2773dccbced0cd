"""Per-word perplexity on held-out seekers: the shipped model against an n-gram model.

The neural model is charged for every token it is taught, actions and ends of turns included, and
is given no scenario and no controls; so its figure is an upper bound of what the words alone cost
it. The n-gram model (order 5, interpolated Kneser-Ney) is trained on the same seekers' turns in the
same slots, is charged for the same words and one end a turn, and pays for a word it does not know
only what its class of unknown words costs.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.evaluation.figures import Figure, ratio
from backend.metrics.kneser_ney import KneserNey
from backend.training.prepare import read_part
from backend.training.rows import IGNORED, encode, row


def perplexities(
    model: Path, data: Path, catalogue: Catalogue, part: str = "held_out"
) -> dict[str, Figure]:
    """Perplexity per word of the model and of the n-gram model, resampling dialogues."""
    held_out = [_bare(d) for d in read_part(data, part)]
    training = [_bare(d) for d in read_part(data, "train") if d.seeker.origin is Origin.HUMAN]
    grams = KneserNey(words for d in training for words in _words(d, catalogue))
    counts = [sum(len(w) + 1 for w in _words(d, catalogue)) for d in held_out]
    by_grams = [
        -sum(sum(grams.log_probabilities(words)) for words in _words(d, catalogue))
        for d in held_out
    ]
    by_model = _costs(model, held_out, catalogue)
    return {
        "perplexity per word": _perplexity(by_model, counts),
        "perplexity per word, Kneser-Ney 5-gram": _perplexity(by_grams, counts),
    }


def _bare(dialogue: Dialogue) -> Dialogue:
    return dialogue.model_copy(update={"scenario": None})


def _words(dialogue: Dialogue, catalogue: Catalogue) -> list[list[str]]:
    """The seeker's turns, names as slots, in words."""
    messages = row(dialogue, Role.SEEKER, catalogue, controls={}).messages
    said = [message.text for message in messages if message.speaker == "assistant"]
    return [text.split() for text in said[1::2]]


def _costs(model: Path, dialogues: Sequence[Dialogue], catalogue: Catalogue) -> list[float]:
    """Negative log likelihood, in nats, of all a dialogue teaches a seeker."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    network: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    network.eval()
    costs = []
    for dialogue in dialogues:
        encoded = encode(
            row(dialogue, Role.SEEKER, catalogue, controls={}),
            tokenizer,
            network.config.max_position_embeddings,
        )
        ids = torch.tensor([encoded["input_ids"]])
        labels = torch.tensor(encoded["labels"])[1:]
        with torch.inference_mode():
            shares = network(input_ids=ids).logits[0, :-1].float().log_softmax(-1)
        taught = labels != IGNORED
        costs.append(-float(shares[taught].gather(1, labels[taught][:, None]).sum()))
    return costs


def _perplexity(costs: Sequence[float], counts: Sequence[int]) -> Figure:
    """exp(total cost / total words), its interval from that of the mean cost."""
    scaled = [(round(cost * 1000), 1000 * count) for cost, count in zip(costs, counts, strict=True)]
    found = ratio(scaled, "words")
    if found.value is None or found.low is None or found.high is None:
        return found
    return Figure(
        math.exp(found.value), sum(counts), "words", math.exp(found.low), math.exp(found.high)
    )
