"""Chooses each row's next token: filters in batches of like settings, draws of each row's own.

A row's choice depends on its own scores, settings and generator, never on its neighbours'.
Filters follow transformers: repetition penalty, temperature, top_k, top_p, min_p.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from backend.engines import Decoding

_MINUS = float("-inf")


class Sampler:
    """How one row chooses: its decoding settings and its own random numbers."""

    def __init__(self, decoding: Decoding, seed: int, prompt: Sequence[int]) -> None:
        self.decoding = decoding
        self._random = torch.Generator().manual_seed(seed % 2**63)
        self._seen = set(prompt) if decoding.repetition_penalty != 1 else None

    @property
    def filters(self) -> tuple[float, int, float, float]:
        """What rows must share to be filtered in one go."""
        return (
            self.decoding.temperature,
            self.decoding.top_k,
            self.decoding.top_p,
            self.decoding.min_p,
        )

    def uniform(self) -> float:
        """The next number in (0, 1] of this row's own."""
        return 1 - float(torch.rand((), generator=self._random, dtype=torch.float64))

    def saw(self, token: int) -> None:
        """Count a token as used, for the penalty."""
        if self._seen is not None:
            self._seen.add(token)

    def penalise(self, scores: Tensor) -> None:
        """Make used tokens less likely, in place (Keskar et al. 2019, as in transformers)."""
        if self._seen:
            used = torch.tensor([t for t in self._seen if t < len(scores)], device=scores.device)
            found, by = scores[used], self.decoding.repetition_penalty
            scores[used] = torch.where(found < 0, found * by, found / by)


def choose(
    logits: Tensor, samplers: Sequence[Sampler], allowed: Sequence[Tensor | None]
) -> list[int | None]:
    """The next token of each row of logits (rows x vocabulary); None if they aren't numbers.

    `allowed` holds True for each token a row's grammar permits, or None for all.
    """
    scores = logits.float()
    for row, (sampler, mask) in enumerate(zip(samplers, allowed, strict=True)):
        sampler.penalise(scores[row])
        if mask is not None:
            scores[row, : len(mask)].masked_fill_(~mask.to(scores.device), _MINUS)
            scores[row, len(mask) :] = _MINUS
    best, at = scores.max(dim=-1)
    sound, tokens = best.isfinite().tolist(), at.tolist()
    alike: dict[tuple[float, int, float, float], list[int]] = {}
    for row, sampler in enumerate(samplers):
        if sampler.decoding.temperature > 0 and sound[row]:
            alike.setdefault(sampler.filters, []).append(row)
    for filters, rows in alike.items():
        picked = scores if len(rows) == len(scores) else scores[rows]
        drawn = _draw(picked, [samplers[row].uniform() for row in rows], *filters)
        for row, token in zip(rows, drawn, strict=True):
            tokens[row] = token
    return [token if fine else None for token, fine in zip(tokens, sound, strict=True)]


def _draw(
    scores: Tensor,
    uniforms: Sequence[float],
    temperature: float,
    top_k: int,
    top_p: float,
    min_p: float,
) -> list[int]:
    """One token a row by the inverse of its distribution function, on the CPU in doubles."""
    size = scores.shape[-1]
    ids: Tensor | None = None
    if 0 < top_k < size:
        scores, ids = scores.topk(top_k, dim=-1)
    elif top_p < 1:
        scores, ids = scores.sort(dim=-1, descending=True)
    best = scores.amax(dim=-1, keepdim=True)
    share = ((scores - best) / temperature).softmax(dim=-1)
    dropped = share < min_p * share.amax(dim=-1, keepdim=True)
    if top_p < 1:
        dropped |= share.cumsum(dim=-1) - share >= top_p
    reached = share.masked_fill(dropped, 0).cpu().double().cumsum(dim=-1)
    wanted = torch.tensor(uniforms, dtype=torch.float64)[:, None] * reached[:, -1:]
    picked = torch.searchsorted(reached, wanted)  # never one of share 0: `wanted` is above 0
    if ids is not None:
        picked = ids.cpu().gather(-1, picked)
    found: list[int] = picked.squeeze(-1).tolist()
    return found
