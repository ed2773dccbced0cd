"""Per-word perplexity on held-out human seekers: the shipped adapter against an n-gram model.

Both are charged for the same strings: the words of the seeker's turns, titles as text, and one end
a turn. The adapter reads the dialogue as a plain transcript, with no wish, notes or actions, so
that it is charged for nothing a reader does not see and helped by nothing. The n-gram model (order
5, interpolated Kneser-Ney) reads the turn so far. It has a class of unknown words, which the
adapter spells; so it spells them too, by a model of the same kind over the letters of the words
that training met once.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.engines.loading import load
from backend.metrics.kneser_ney import KneserNey
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import ratio
from backend.training.prepare import read_part
from backend.training.rows import IGNORED, encode, row

#: Tokens of a dialogue that are read at most.
MAX_TOKENS = 4096


def perplexities(
    model: Path, data: Path, catalogue: Catalogue, part: str = "held_out"
) -> dict[str, Estimate]:
    """Perplexity per word of the model and of the n-gram model, resampling dialogues.

    `model` is an adapter's or a model's folder. Raises EngineUnavailable.
    """
    held_out = [d for d in read_part(data, part) if d.seeker.origin is Origin.HUMAN]
    training = [d for d in read_part(data, "train") if d.seeker.origin is Origin.HUMAN]
    grams, spelling = _grams([words for d in training for words in _words(d, catalogue)])
    turns = [_words(dialogue, catalogue) for dialogue in held_out]
    counts = [sum(len(words) + 1 for words in said) for said in turns]
    known = [-sum(sum(grams.log_probabilities(words)) for words in said) for said in turns]
    unknown = [[w for words in said for w in words if not grams.knows(w)] for said in turns]
    spelled = [
        cost - sum(sum(spelling.log_probabilities(word)) for word in words)
        for cost, words in zip(known, unknown, strict=True)
    ]
    return {
        "perplexity per word": _perplexity(costs(model, held_out, catalogue), counts),
        "perplexity per word, Kneser-Ney 5-gram": _perplexity(spelled, counts),
        "Kneser-Ney 5-gram, unknown words not spelled": _perplexity(known, counts),
    }


def costs(model: Path, dialogues: Sequence[Dialogue], catalogue: Catalogue) -> list[float]:
    """Nats that the words of the seeker and the ends of its turns cost a model, a dialogue each."""
    network, tokenizer = load(str(model))
    found = []
    for dialogue in dialogues:
        shown = encode(row(dialogue, Role.SEEKER, catalogue, plain=True), tokenizer, MAX_TOKENS)
        ids = torch.tensor([shown["input_ids"]], device=network.device)
        labels = torch.tensor(shown["labels"], device=network.device)[1:]
        with torch.inference_mode():
            logs = network(input_ids=ids).logits[0, :-1].float().log_softmax(-1)
        taught = labels != IGNORED
        found.append(-float(logs[taught].gather(1, labels[taught][:, None]).sum()))
    return found


def _grams(turns: Sequence[Sequence[str]]) -> tuple[KneserNey, KneserNey]:
    """A model of words, and one of the letters of words that are met once."""
    met = Counter(word for words in turns for word in words)
    return KneserNey(turns), KneserNey([list(word) for word, n in sorted(met.items()) if n == 1])


def _words(dialogue: Dialogue, catalogue: Catalogue) -> list[list[str]]:
    """The seeker's turns in words, those left out that the adapter is not charged for."""
    entries = row(dialogue, Role.SEEKER, catalogue, plain=True).entries
    said = [entry.parts[-1] for entry in entries if entry.speaker == "assistant"]
    return [text.split() for text, taught in said if taught]


def _perplexity(costs: Sequence[float], counts: Sequence[int]) -> Estimate:
    """exp(total cost / total words), its interval from that of the mean cost."""
    scaled = [(round(cost * 1000), 1000 * count) for cost, count in zip(costs, counts, strict=True)]
    found = ratio(scaled, "words")
    if found.value is None or found.low is None or found.high is None:
        return found
    return found.model_copy(
        update={
            "value": math.exp(found.value),
            "low": math.exp(found.low),
            "high": math.exp(found.high),
            "n": sum(counts),
            "estimator": "exp(cost / words)",
        }
    )
