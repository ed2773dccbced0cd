"""Sampling of the next token of each row, with transformers' filters and one seed per row.

A row's choice depends on its own scores, settings and generator, never on its neighbours'.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from backend.engines import Decoding

_MINUS = float("-inf")


class Sampler:
    """How one row chooses: its decoding settings and its own random numbers.

    `seen` are the row's tokens so far, by the list that grows with them.
    """

    def __init__(self, decoding: Decoding, seed: int, seen: Sequence[int]) -> None:
        self.decoding, self._seen = decoding, seen
        self._random = torch.Generator().manual_seed(seed % 2**63)

    def uniform(self) -> float:
        """The next number in (0, 1] of this row's own."""
        return 1 - float(torch.rand((), generator=self._random, dtype=torch.float64))

    def penalise(self, scores: Tensor) -> None:
        """Make seen tokens less likely, in place (Keskar et al. 2019, as in transformers)."""
        if self.decoding.repetition_penalty != 1:
            penalty = RepetitionPenaltyLogitsProcessor(self.decoding.repetition_penalty)
            seen = torch.tensor([self._seen], device=scores.device)
            scores[:] = penalty(seen, scores[None])[0]


def choose(
    scores: Tensor, samplers: Sequence[Sampler], allowed: Sequence[Tensor | None]
) -> list[int | None]:
    """The next token of each row of scores (rows x vocabulary); None if they aren't numbers.

    `allowed` holds True for each token a row's grammar permits, or None for all. Changes the
    scores in place.
    """
    for row, (sampler, mask) in enumerate(zip(samplers, allowed, strict=True)):
        sampler.penalise(scores[row])
        if mask is not None:
            scores[row, : len(mask)].masked_fill_(~mask.to(scores.device), _MINUS)
            scores[row, len(mask) :] = _MINUS
    best, at = scores.max(dim=-1)
    sound, tokens = best.isfinite().tolist(), at.tolist()
    alike: dict[Decoding, list[int]] = {}
    for row, sampler in enumerate(samplers):
        if sampler.decoding.temperature > 0 and sound[row]:
            alike.setdefault(sampler.decoding, []).append(row)
    for decoding, rows in alike.items():
        drawn = _draw(scores[rows], [samplers[row].uniform() for row in rows], decoding)
        for row, token in zip(rows, drawn, strict=True):
            tokens[row] = token
    return [token if fine else None for token, fine in zip(tokens, sound, strict=True)]


def _draw(scores: Tensor, uniforms: Sequence[float], decoding: Decoding) -> list[int]:
    """One token a row by the inverse of its distribution function, on the CPU in doubles."""
    none = torch.empty(0, dtype=torch.long)  # the filters of one token look at no earlier one
    scores = scores - scores.amax(dim=-1, keepdim=True)  # a small temperature must not overflow
    shares = _filters(decoding)(none, scores).softmax(dim=-1)
    reached = shares.cpu().double().cumsum(dim=-1)
    wanted = torch.tensor(uniforms, dtype=torch.float64)[:, None] * reached[:, -1:]
    picked = torch.searchsorted(reached, wanted)  # never one of share 0: `wanted` is above 0
    found: list[int] = picked.squeeze(-1).tolist()
    return found


def _filters(decoding: Decoding) -> LogitsProcessorList:
    """What transformers' own sampling applies for these settings, in its order."""
    filters = LogitsProcessorList([TemperatureLogitsWarper(float(decoding.temperature))])
    if decoding.top_k:
        filters.append(TopKLogitsWarper(decoding.top_k))
    if decoding.top_p < 1:
        filters.append(TopPLogitsWarper(decoding.top_p))
    if decoding.min_p:
        filters.append(MinPLogitsWarper(decoding.min_p))
    return filters
