"""An n-gram model with interpolated Kneser-Ney smoothing: the baseline for perplexity.

Source: Kneser and Ney 1995; Chen and Goodman 1999, section 2.7, with one discount an order,
n1 / (n1 + 2 n2), estimated from the counts of that order.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"

Gram = tuple[str, ...]


class KneserNey:
    """Trained on sentences of words. Words met once in training are `UNKNOWN`."""

    def __init__(self, sentences: Iterable[Sequence[str]], order: int = 5) -> None:
        texts = [list(sentence) for sentence in sentences]
        often = Counter(word for text in texts for word in text)
        self.order = order
        self.vocabulary = {word for word, n in often.items() if n > 1} | {UNKNOWN, END}
        raw: list[Counter[Gram]] = [Counter() for _ in range(order)]
        for text in texts:
            padded = self._padded(text)
            for at in range(order - 1, len(padded)):
                for n in range(order):
                    raw[n][tuple(padded[at - n : at + 1])] += 1
        # Lower orders count in how many contexts a gram continues, not how often it is met.
        self._counts = [_continuations(raw[n + 1]) for n in range(order - 1)] + [raw[-1]]
        self._totals: list[Counter[Gram]] = []
        self._followers: list[Counter[Gram]] = []
        for counts in self._counts:
            totals: Counter[Gram] = Counter()
            followers: Counter[Gram] = Counter()
            for gram, n in counts.items():
                totals[gram[:-1]] += n
                followers[gram[:-1]] += 1
            self._totals.append(totals)
            self._followers.append(followers)
        self.discounts = [_discount(counts) for counts in self._counts]

    def knows(self, word: str) -> bool:
        """Whether the word is one of the vocabulary."""
        return word in self.vocabulary

    def probability(self, word: str, context: Sequence[str]) -> float:
        """P(word | the last `order` - 1 words of the context)."""
        known = [w if w in self.vocabulary or w == BEGIN else UNKNOWN for w in context]
        word = word if word in self.vocabulary else UNKNOWN
        share = 1 / len(self.vocabulary)
        for n in range(self.order):
            before = tuple(known[len(known) - n :]) if n else ()
            if len(before) < n:
                break
            total = self._totals[n][before]
            if not total:
                break
            discount = self.discounts[n]
            seen = max(self._counts[n][(*before, word)] - discount, 0) / total
            share = seen + discount * self._followers[n][before] / total * share
        return share

    def log_probabilities(self, sentence: Sequence[str]) -> list[float]:
        """Natural logarithms of the probability of each word, and of the end after them."""
        padded = [BEGIN] * (self.order - 1) + list(sentence) + [END]
        return [
            math.log(self.probability(padded[at], padded[at - self.order + 1 : at]))
            for at in range(self.order - 1, len(padded))
        ]

    def _padded(self, text: Sequence[str]) -> list[str]:
        words = [word if word in self.vocabulary else UNKNOWN for word in text]
        return [BEGIN] * (self.order - 1) + words + [END]


def _continuations(longer: Counter[Gram]) -> Counter[Gram]:
    counts: defaultdict[Gram, int] = defaultdict(int)
    for gram in longer:
        counts[gram[1:]] += 1
    return Counter(counts)


def _discount(counts: Counter[Gram]) -> float:
    met = Counter(counts.values())
    once, twice = met[1], met[2]
    return once / (once + 2 * twice) if once else 0.5
