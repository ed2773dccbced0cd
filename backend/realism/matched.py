"""Dialogues of two sides matched by length: how they differ when length tells nothing."""

from collections.abc import Sequence

from backend.realism.sides import Said

#: Two sides match if their numbers of words differ by no more than this share of the longer one.
TOLERANCE = 0.1


def matched(
    ours: Sequence[Said], theirs: Sequence[Said], tolerance: float = TOLERANCE
) -> tuple[list[Said], list[Said]]:
    """As many of each side, pairwise of nearly the same number of words and of turns.

    Each of the smaller side is given the nearest in words that is still free and has a number of
    turns within the tolerance (or one turn); who finds none is left out.
    """
    few, many = sorted((list(ours), list(theirs)), key=len)
    free = sorted(many, key=_words)
    pairs: list[tuple[Said, Said]] = []
    for one in sorted(few, key=_words):
        near = [other for other in free if _alike(one, other, tolerance)]
        if near:
            best = min(near, key=lambda other: abs(_words(other) - _words(one)))
            free.remove(best)
            pairs.append((one, best))
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    return (first, second) if len(ours) <= len(theirs) else (second, first)


def _alike(one: Said, other: Said, tolerance: float) -> bool:
    words = abs(_words(one) - _words(other)) <= tolerance * max(_words(one), _words(other))
    longer = max(len(one.turns), len(other.turns))
    return words and abs(len(one.turns) - len(other.turns)) <= max(1, tolerance * longer)


def _words(one: Said) -> int:
    return sum(len(turn.split()) for turn in one.turns)
