"""BLEU and self-BLEU: n-gram overlap of each turn with the other turns.

BLEU: Papineni et al. 2002; on sentences with effective order and exponential smoothing, as
sacrebleu does (Post 2018), to which the tests hold it. Self-BLEU: Zhu et al. 2018 (Texygen): the
mean BLEU of each text against all others; high means alike. It favours short texts and sees only
the wording.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue, Role
from backend.metrics.base import Metric, Missing, Value, by_role, said
from backend.metrics.distinct import ngrams, tokens

#: Longest n-gram.
ORDER = 4

Gram = tuple[str, ...]


class SelfBleu(Metric):
    """By role: `self-bleu` of its turns, between 0 and 1."""

    name: ClassVar[str] = "self-bleu"
    about: ClassVar[str] = "how alike a role's turns are in wording"

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        return by_role({role: {"self-bleu": _of(said(dialogue, role))} for role in Role})


def _of(texts: list[str]) -> Value:
    value = self_bleu(texts)
    return Missing("fewer than two turns of this role") if value is None else value


def self_bleu(texts: Sequence[str]) -> float | None:
    """Mean BLEU of each text against all others; None of fewer than two texts.

    In time linear in the words: of each n-gram the two highest counts among texts are enough.

    >>> self_bleu(["a b c d e", "a b c d e"])
    1.0
    """
    split = [words for text in texts if (words := tokens(text))]
    if len(split) < 2:
        return None
    counts = [_counts(words) for words in split]
    highest: dict[Gram, tuple[int, int, int]] = {}
    for at, own in enumerate(counts):
        for gram, n in own.items():
            most, holder, second = highest.get(gram, (0, -1, 0))
            if n > most:
                highest[gram] = (n, at, most)
            elif n > second:
                highest[gram] = (most, holder, n)
    lengths = sorted(map(len, split))
    found = []
    for at, (words, own) in enumerate(zip(split, counts, strict=True)):
        allowed = {
            gram: highest[gram][2] if highest[gram][1] == at else highest[gram][0] for gram in own
        }
        found.append(_bleu(own, len(words), allowed, _nearest(lengths, len(words))))
    return sum(found) / len(found)


def bleu(candidate: str, references: Sequence[str]) -> float:
    """Sentence BLEU against one or several references, between 0 and 1.

    Raises ValueError without references.
    """
    if not references:
        raise ValueError("BLEU needs at least one reference")
    words, others = tokens(candidate), [tokens(reference) for reference in references]
    allowed: Counter[Gram] = Counter()
    for other in others:
        allowed |= _counts(other)
    length = min((abs(len(o) - len(words)), len(o)) for o in others)[1]
    return _bleu(_counts(words), len(words), allowed, length)


def _counts(words: Sequence[str]) -> Counter[Gram]:
    return Counter(gram for n in range(1, ORDER + 1) for gram in ngrams(words, n))


def _bleu(
    own: Counter[Gram], length: int, allowed: dict[Gram, int] | Counter[Gram], reference: int
) -> float:
    matched, total = [0] * ORDER, [max(0, length - n) for n in range(ORDER)]
    for gram, n in own.items():
        matched[len(gram) - 1] += min(n, allowed.get(gram, 0))
    if not matched[0]:
        return 0.0
    logs, halving = 0.0, 1.0
    order = sum(n > 0 for n in total)
    for hits, n in zip(matched[:order], total[:order], strict=True):
        if not hits:
            halving *= 2
        logs += math.log(hits / n if hits else 1 / (halving * n))
    shortness = min(0.0, 1 - reference / length)
    return math.exp(shortness + logs / order)


def _nearest(lengths: Sequence[int], own: int) -> int:
    """The length nearest to its own among the others; the shorter of two as near."""
    at = bisect_left(lengths, own)
    others = [*lengths[max(0, at - 1) : at], *lengths[at + 1 : at + 2]]
    return min((abs(n - own), n) for n in others)[1]
