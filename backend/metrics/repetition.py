"""Repetition: shares of a role's turns and 4-grams that occur in its earlier turns."""

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue, Role
from backend.metrics.base import Metric, Missing, Value, by_role, said
from backend.metrics.distinct import ngrams, tokens

#: Words in a row that count as a repetition.
LONG = 4


class Repetition(Metric):
    """By role: `repeated turns` and `repeated 4-grams`, as shares of those after the first.

    A 4-gram counts as repeated if an earlier turn of the same role holds it. This project's own
    definition; Dist-n mixes repetition within a turn with that between turns.
    """

    name: ClassVar[str] = "repetition"
    about: ClassVar[str] = "share of turns and of 4-grams that this side has said before"

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        return by_role({role: repetition(said(dialogue, role)) for role in Role})


def repetition(texts: Sequence[str]) -> dict[str, Value]:
    """Shares of repeated turns and 4-grams.

    >>> repetition(["I like it a lot", "really?", "i like it a lot"])
    {'repeated turns': 0.5, 'repeated 4-grams': 1.0}
    """
    split = [tokens(text) for text in texts]
    if len(split) < 2:
        one = Missing("fewer than two turns of this role")
        return {"repeated turns": one, f"repeated {LONG}-grams": one}
    turns = sum(words in split[:at] for at, words in enumerate(split))
    met: set[tuple[str, ...]] = set(ngrams(split[0], LONG))
    again = later = 0
    for words in split[1:]:
        grams = ngrams(words, LONG)
        again += sum(gram in met for gram in grams)
        later += len(grams)
        met.update(grams)
    return {
        "repeated turns": turns / (len(split) - 1),
        f"repeated {LONG}-grams": again / later if later else Missing(f"no {LONG}-gram later on"),
    }
