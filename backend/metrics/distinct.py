"""Dist-n: distinct n-grams per n-gram, at a fixed budget of tokens.

Source: Li et al. 2016 ('A Diversity-Promoting Objective Function for Neural Conversation
Models'). The ratio falls with the length of the text, so sets are compared at the same number of
tokens.
"""

import random
import re
from collections.abc import Sequence

_TOKEN = re.compile(r"\w+|[^\w\s]")


def tokens(text: str) -> list[str]:
    """Words and punctuation marks, in lower case.

    >>> tokens("Don't, it's OK!")
    ['don', "'", 't', ',', 'it', "'", 's', 'ok', '!']
    """
    return _TOKEN.findall(text.lower())


def distinct(
    texts: Sequence[str], n: int, *, budget: int, seed: int = 0, draws: int = 20
) -> float | None:
    """Mean Dist-n of the first `budget` tokens of the texts in random orders.

    n-grams do not cross texts. None if there are fewer tokens than the budget, or no n-gram.
    """
    split = [tokens(text) for text in texts]
    if sum(map(len, split)) < budget:
        return None
    rng = random.Random(seed)
    ratios = []
    for _ in range(draws):
        rng.shuffle(split)
        grams, left = [], budget
        for text in split:
            taken = text[:left]
            grams += [tuple(taken[i : i + n]) for i in range(len(taken) - n + 1)]
            left -= len(taken)
            if left <= 0:
                break
        if not grams:
            return None
        ratios.append(len(set(grams)) / len(grams))
    return sum(ratios) / draws
