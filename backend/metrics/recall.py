"""Recall@k: the share of hidden targets among the k items ranked first."""

from collections.abc import Collection, Sequence


def recall(ranked: Sequence[str], targets: Collection[str], k: int) -> float:
    """Recall of one ranking, between 0 and 1. Raises ValueError without targets.

    >>> recall(["a", "b", "c"], {"b", "z"}, 2)
    0.5
    """
    if not targets:
        raise ValueError("recall needs at least one target")
    return len(set(ranked[:k]) & set(targets)) / len(targets)


def by_chance(items: int, k: int) -> float:
    """Expected recall of a ranking in random order of so many items.

    >>> by_chance(1000, 10)
    0.01
    """
    return min(k, items) / items
