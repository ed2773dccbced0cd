"""Log-likelihood of many continuations of one text, in a single pass of a causal model.

The text and its continuations form a tree. Each continuation sees a beginning of the text and
itself, by an attention mask, so that the text is computed once. No token is padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

#: Rows of logits held at once: each takes one float32 for each token of the vocabulary.
ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Branch:
    """Token ids after the first `after` ids of the text."""

    after: int
    ids: Sequence[int]


def log_likelihoods(
    network: Any, text: Sequence[int], branches: Sequence[Branch]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Log-probability (nats) of each id of the text, and of each id of each branch.

    The first id of each has nothing that predicts it and counts as 0: begin a branch with ids that
    are not scored.
    """
    ids, places, starts = list(text), list(range(len(text))), []
    for branch in branches:
        starts.append(len(ids))
        places += range(branch.after, branch.after + len(branch.ids))
        ids += branch.ids
    if not ids:
        return np.zeros(0, np.float32), [np.zeros(0, np.float32) for _ in branches]
    found = _logs(network, ids, places, _visible(len(text), starts, branches))
    bounds = [(at, at + len(b.ids)) for at, b in zip(starts, branches, strict=True)]
    for start, _ in [(0, len(text)), *bounds]:
        found[start : start + 1] = 0.0
    return found[: len(text)], [found[start:end] for start, end in bounds]


def _visible(length: int, starts: Sequence[int], branches: Sequence[Branch]) -> torch.Tensor:
    """Whether a row's token sees a column's, (tokens, tokens)."""
    total = length + sum(len(branch.ids) for branch in branches)
    seen = torch.zeros(total, total, dtype=torch.bool)
    seen[:length, :length] = True
    for start, branch in zip(starts, branches, strict=True):
        end = start + len(branch.ids)
        seen[start:end, : branch.after] = True
        seen[start:end, start:end] = True
    return seen.tril_()


@torch.inference_mode()
def _logs(
    network: Any, ids: Sequence[int], places: Sequence[int], seen: torch.Tensor
) -> NDArray[np.float32]:
    """Log-probability of each id after the one before it in the row."""
    device = network.device
    mask = torch.zeros(seen.shape, dtype=network.dtype)
    mask.masked_fill_(~seen, torch.finfo(network.dtype).min)
    hidden = network.model(
        input_ids=torch.tensor([ids], device=device),
        position_ids=torch.tensor([places], device=device),
        attention_mask=mask[None, None].to(device),
        use_cache=False,
    ).last_hidden_state[0, :-1]
    told = torch.tensor(ids[1:], device=device)
    parts = [torch.zeros(1)]
    for at in range(0, len(told), ROWS_AT_ONCE):
        logits = network.lm_head(hidden[at : at + ROWS_AT_ONCE]).float()
        logs = logits.log_softmax(-1).gather(1, told[at : at + ROWS_AT_ONCE, None])[:, 0]
        parts.append(logs.cpu())
    found: NDArray[np.float32] = torch.cat(parts).numpy()
    return found
