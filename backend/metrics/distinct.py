"""Dist-n: the share of distinct n-grams, in the two definitions in use.

Per n-gram (Li et al. 2016, 'A Diversity-Promoting Objective Function for Neural Conversation
Models'), which falls with the length of the text and is therefore taken at a fixed budget of
tokens; and per response (as in KBRD and the recommenders after it), which grows with the length of
the responses. Tokens are whitespace-separated, in lower case; n-grams do not cross turns.
"""

import random
from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue, Role
from backend.metrics.base import Metric, Missing, Value, by_role, said

#: Tokens of one role of one dialogue at which dialogues are compared.
BUDGET = 40

#: The n of the scores.
ORDERS = (1, 2, 3, 4)


class Distinct(Metric):
    """By role and n: `distinct-2@40` (the primary one), `distinct-2`, `distinct-2 a turn`."""

    name: ClassVar[str] = "distinct"
    about: ClassVar[str] = "share of distinct n-grams: at 40 tokens, of all, and per turn"

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        return by_role({role: _of(said(dialogue, role)) for role in Role})


def _of(texts: list[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for n in ORDERS:
        grams = [gram for text in texts for gram in ngrams(tokens(text), n)]
        none = Missing(f"no {n}-gram")
        at_budget = distinct(texts, n, budget=BUDGET, draws=1)
        found[f"distinct-{n}@{BUDGET}"] = (
            Missing(f"fewer than {BUDGET} tokens") if at_budget is None else at_budget
        )
        found[f"distinct-{n}"] = len(set(grams)) / len(grams) if grams else none
        found[f"distinct-{n} a turn"] = len(set(grams)) / len(texts) if texts else none
    return found


def tokens(text: str) -> list[str]:
    """Whitespace-separated tokens, in lower case.

    >>> tokens("Don't, it's OK!")
    ["don't,", "it's", 'ok!']
    """
    return text.lower().split()


def ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """The n-grams of a text.

    >>> ngrams(["a", "b", "c"], 2)
    [('a', 'b'), ('b', 'c')]
    """
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def distinct(
    texts: Sequence[str], n: int, *, budget: int, seed: int = 0, draws: int = 20
) -> float | None:
    """Mean Dist-n of the first `budget` tokens of the texts, in the given and in random orders.

    n-grams do not cross texts. None if there are fewer tokens than the budget, or no n-gram.
    """
    split = [tokens(text) for text in texts]
    if sum(map(len, split)) < budget:
        return None
    rng = random.Random(seed)
    ratios = []
    for draw in range(draws):
        if draw:
            rng.shuffle(split)
        grams, left = [], budget
        for text in split:
            taken = text[:left]
            grams += ngrams(taken, n)
            left -= len(taken)
            if left <= 0:
                break
        if not grams:
            return None
        ratios.append(len(set(grams)) / len(grams))
    return sum(ratios) / draws
