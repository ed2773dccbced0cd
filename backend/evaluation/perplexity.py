"""Per-word perplexity on held-out seekers: the shipped model against an n-gram model.

Both are charged for the same strings, the seeker's turns with names as slots and one end a turn,
and know nothing of the seeker but the dialogue so far (n-gram model: the turn so far). What differs
in kind is evened out:

- The neural model commits to an action first, which no reader sees. Its probability of the words is
  the sum over actions, of which those counted here (the true one and some sampled from the model)
  make a lower bound; so the perplexity is an upper bound.
- The n-gram model (order 5, interpolated Kneser-Ney) has a class of unknown words. The neural model
  spells them, so the n-gram model does too, by a model of the same kind over the letters of the
  words that training met once.

The figures without either stand beside.
"""

import copy
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.engines import Message
from backend.figures import Figure, ratio
from backend.metrics.kneser_ney import KneserNey
from backend.training.prepare import read_part
from backend.training.rows import bare, rendered, row

#: Actions sampled at each turn, beside the true one; and tokens an action has at most.
ACTIONS, LONGEST = 8, 40


def perplexities(
    model: Path, data: Path, catalogue: Catalogue, part: str = "held_out", *, seed: int = 0
) -> dict[str, Figure]:
    """Perplexity per word of the model and of the n-gram model, resampling dialogues."""
    held_out = [bare(d) for d in read_part(data, part)]
    training = [bare(d) for d in read_part(data, "train") if d.seeker.origin is Origin.HUMAN]
    grams, spelling = _grams([words for d in training for words in _words(d, catalogue)])
    counts, classed, spelled = [], [], []
    for dialogue in held_out:
        turns = _words(dialogue, catalogue)
        counts.append(sum(len(words) + 1 for words in turns))
        known = -sum(sum(grams.log_probabilities(words)) for words in turns)
        unknown = [word for words in turns for word in words if not grams.knows(word)]
        letters = -sum(sum(spelling.log_probabilities(word)) for word in unknown)
        classed.append(known)
        spelled.append(known + letters)
    summed, joint = Costs(model, seed).of(held_out, catalogue)
    return {
        "perplexity per word (at most)": _perplexity(summed, counts),
        "perplexity per word, Kneser-Ney 5-gram": _perplexity(spelled, counts),
        "the same with the action charged, too": _perplexity(joint, counts),
        "Kneser-Ney 5-gram, unknown words not spelled": _perplexity(classed, counts),
    }


class Costs:
    """What the words of seekers cost a model."""

    def __init__(self, model: Path, seed: int = 0) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(model)
        self.network: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        self.network.train(False)
        self.seed = seed

    def of(
        self, dialogues: Sequence[Dialogue], catalogue: Catalogue
    ) -> tuple[list[float], list[float]]:
        """Nats a dialogue: of the words, actions summed over; and of action and words."""
        torch.manual_seed(self.seed)
        summed, joint = [], []
        for dialogue in dialogues:
            messages = row(dialogue, Role.SEEKER, catalogue, controls={}).messages
            mine = [at for at, message in enumerate(messages) if message.speaker == "assistant"]
            turns = [self.turn(messages[: at + 3]) for at in mine[::2]]
            summed.append(sum(words for words, _ in turns))
            joint.append(sum(both for _, both in turns))
        return summed, joint

    def turn(self, messages: Sequence[Message]) -> tuple[float, float]:
        """Nats of a turn, given all messages up to its action, its card and its words."""
        shown = [{"role": m.speaker, "content": m.text} for m in messages]
        before = self._ids(shown[:-3], prompt=True)
        action = self._ids(shown[:-2])[len(before) :]
        between = self._ids(shown[:-1], prompt=True)[len(before) + len(action) :]
        words = self._ids(shown)[len(before) + len(action) + len(between) :]
        with torch.inference_mode():
            actions = [action, *(a for a in self._sampled(before) if a != action)]
            logs = self._logs(before, [[*a, *between, *words] for a in actions])
        totals = [
            float(log[: len(a)].sum() + log[len(a) + len(between) :].sum())
            for a, log in zip(actions, logs, strict=True)
        ]
        return -float(torch.tensor(totals, dtype=torch.float64).logsumexp(0)), -totals[0]

    def _sampled(self, before: list[int]) -> list[list[int]]:
        """Different finished actions, sampled from the model itself."""
        made = self.network.generate(
            torch.tensor([before]),
            attention_mask=torch.ones(1, len(before), dtype=torch.long),
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            num_return_sequences=ACTIONS,
            max_new_tokens=LONGEST,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        end = self.tokenizer.eos_token_id
        found = [one[len(before) :] for one in made.tolist()]
        return [list(a) for a in dict.fromkeys(_until(one, end) for one in found) if a]

    def _logs(self, before: list[int], ways: Sequence[list[int]]) -> list[torch.Tensor]:
        """Log probability of each token of each way to go on."""
        start = self.network(torch.tensor([before]), use_cache=True)
        cache = copy.deepcopy(start.past_key_values)
        cache.batch_repeat_interleave(len(ways))
        width = max(map(len, ways))
        ids = torch.tensor([[*way, *[0] * (width - len(way))] for way in ways])
        later = self.network(ids[:, :-1], past_key_values=cache).logits
        first = start.logits[:, -1:].expand(len(ways), -1, -1)
        shares = torch.cat([first, later], dim=1).float().log_softmax(-1)
        found = shares.gather(2, ids[:, :, None])[:, :, 0]
        return [log[: len(way)] for log, way in zip(found, ways, strict=True)]

    def _ids(self, shown: list[dict[str, str]], *, prompt: bool = False) -> list[int]:
        return rendered(shown, self.tokenizer, prompt=prompt)


def _until(ids: list[int], end: int) -> tuple[int, ...]:
    """The ids up to and with the end; nothing if they do not end."""
    return tuple(ids[: ids.index(end) + 1]) if end in ids else ()


def _grams(turns: Sequence[Sequence[str]]) -> tuple[KneserNey, KneserNey]:
    """A model of words, and one of the letters of words that are met once."""
    met = Counter(word for words in turns for word in words)
    return KneserNey(turns), KneserNey([list(word) for word, n in sorted(met.items()) if n == 1])


def _words(dialogue: Dialogue, catalogue: Catalogue) -> list[list[str]]:
    """The seeker's turns, names as slots, in words."""
    messages = row(dialogue, Role.SEEKER, catalogue, controls={}).messages
    said = [message.text for message in messages if message.speaker == "assistant"]
    return [text.split() for text in said[1::2]]


def _perplexity(costs: Sequence[float], counts: Sequence[int]) -> Figure:
    """exp(total cost / total words), its interval from that of the mean cost."""
    scaled = [(round(cost * 1000), 1000 * count) for cost, count in zip(costs, counts, strict=True)]
    found = ratio(scaled, "words")
    if found.value is None or found.low is None or found.high is None:
        return found
    return Figure(
        math.exp(found.value), sum(counts), "words", math.exp(found.low), math.exp(found.high)
    )
