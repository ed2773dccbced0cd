"""BERTScore: similarity of two texts by matching their tokens' embeddings.

Source: Zhang et al. 2020. Each token is matched to the nearest of the other text; precision,
recall and F1 of those cosines, weighted by inverse document frequency or not, not rescaled. Held
to the `bert-score` package by the tests, pair by pair: in a batch, the package lets padding stand
in for tokens whose nearest one has a cosine below 0. Values of different encoders do not compare.

As a score of dialogues it has no reference to go by: a turn is set beside the turn it answers,
which measures whether it stays on the subject, not whether it is any good.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from backend.dialogue import Dialogue, Role, Score
from backend.metrics.base import Encoded, Missing, Tools, Value, by_role
from backend.metrics.encoder import Encoder


class BertScore(Encoded):
    """By role, per turn and as the mean of a dialogue: F1 of a turn and the one it answers."""

    name: ClassVar[str] = "bertscore"
    about: ClassVar[str] = "whether turns keep to what they answer, by matched tokens"
    weighted: ClassVar[bool] = False

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._weights: Weights | None = None

    @property
    @override
    def made_by(self) -> str:
        of = f", idf of {self._weights.texts} turns" if self._weights else ""
        return f"{super().made_by}{of}"

    @override
    def prepare(self, dialogues: Iterable[Dialogue]) -> None:
        if self.weighted:
            turns = (turn.text for dialogue in dialogues for turn in dialogue.turns)
            self._weights = Weights(turns, self.tools.encode())

    @override
    def score(self, dialogues: Sequence[Dialogue]) -> Iterator[Score]:
        pairs = [(d, at) for d in dialogues for at in _answers(d)]
        f1 = bertscore(
            [d.turns[at].text for d, at in pairs],
            [d.turns[at - 1].text for d, at in pairs],
            self.tools.encode(),
            weights=self._weights,
        )
        found: dict[str, dict[int, float]] = {d.id: {} for d in dialogues}
        for (dialogue, at), (_, _, value) in zip(pairs, f1, strict=True):
            found[dialogue.id][at] = value
        for dialogue in dialogues:
            values = found[dialogue.id]
            for at, value in values.items():
                name = f"{self.name}/{dialogue.turns[at].role.value}"
                yield self.found(dialogue, name, value, turn=at)
            for name, mean in self._means(dialogue, values).items():
                yield self.found(dialogue, name, mean)

    def _means(self, dialogue: Dialogue, values: Mapping[int, float]) -> dict[str, Value]:
        means: dict[Role, dict[str, Value]] = {}
        for role in Role:
            own = [value for at, value in values.items() if dialogue.turns[at].role is role]
            none = Missing("no turn of this role answers one of the other's")
            means[role] = {self.name: sum(own) / len(own) if own else none}
        return by_role(means)


class WeightedBertScore(BertScore):
    """The same with tokens weighted by inverse document frequency over all turns scored."""

    name: ClassVar[str] = "bertscore-idf"
    about: ClassVar[str] = "the same, rare tokens weighted more"
    weighted: ClassVar[bool] = True


class Weights:
    """Inverse document frequency of tokens: log((texts + 1) / (texts with it + 1))."""

    def __init__(self, texts: Iterable[str], encoder: Encoder) -> None:
        met: Counter[int] = Counter()
        self.texts = 0
        for ids in _ids(list(texts), encoder):
            met.update(set(ids))
            self.texts += 1
        self._of = {token: math.log((self.texts + 1) / (n + 1)) for token, n in met.items()}
        self._unmet = math.log(self.texts + 1)

    def of(self, ids: Sequence[int]) -> list[float]:
        """The weight of each token."""
        return [self._of.get(token, self._unmet) for token in ids]


def bertscore(
    candidates: Sequence[str],
    references: Sequence[str],
    encoder: Encoder,
    *,
    weights: Weights | None = None,
    layer: int | None = None,
) -> list[tuple[float, float, float]]:
    """Precision, recall and F1 of each candidate and its reference.

    `layer` is the encoder's hidden layer, None the last. Without `weights` all tokens but those
    that frame a text count alike. Raises ValueError unless there are as many candidates as
    references.
    """
    if len(candidates) != len(references):
        raise ValueError(f"{len(candidates)} candidates for {len(references)} references")
    texts = list(dict.fromkeys([*candidates, *references]))
    ids = _ids(texts, encoder)
    vectors = dict(zip(texts, encoder.tokens(ids, layer), strict=True))
    # What frames a text counts for nothing; a token that is unknown is one of the text's own.
    special = {encoder.tokenizer.cls_token_id, encoder.tokenizer.sep_token_id}
    shares = {
        text: _shares(weights.of(own) if weights else [float(i not in special) for i in own])
        for text, own in zip(texts, ids, strict=True)
    }
    return [
        _matched(vectors[a], vectors[b], shares[a], shares[b])
        for a, b in zip(candidates, references, strict=True)
    ]


def _matched(candidate: Any, reference: Any, own: Any, other: Any) -> tuple[float, float, float]:
    near = candidate @ reference.T
    precision = float((near.max(dim=1).values * own).sum())
    recall = float((near.max(dim=0).values * other).sum())
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def _shares(weights: Sequence[float]) -> Any:
    import torch

    found = torch.tensor(weights)
    total = found.sum()
    return found / total if total > 0 else found


def _ids(texts: Sequence[str], encoder: Encoder) -> list[list[int]]:
    if not texts:
        return []
    longest = min(
        encoder.tokenizer.model_max_length, encoder.network.config.max_position_embeddings
    )
    stripped = [text.strip() for text in texts]
    found: list[list[int]] = encoder.tokenizer(stripped, truncation=True, max_length=longest)[
        "input_ids"
    ]
    return found


def _answers(dialogue: Dialogue) -> list[int]:
    """Turns with words that follow a turn of the other role with words."""
    turns = dialogue.turns
    return [
        at
        for at in range(1, len(turns))
        if turns[at].role is not turns[at - 1].role
        and turns[at].text.strip()
        and turns[at - 1].text.strip()
    ]
