"""A static batch: requests padded on the left and generated together by transformers.

At each step transformers asks two objects: `_Choice` chooses the next token of each row, and
`_Over` tells which rows have ended. A row that ends, fails or is cancelled touches no other. The
batch ends with its last row; until then the others are computed on, and nobody reads them.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from backend.engines import EngineFailed, Reply, Sample
from backend.engines.grammars import GrammarState
from backend.engines.jobs import Stream
from backend.engines.sampling import Sampler, choose
from backend.engines.streaming import TextStream

#: What the seeds of a request's samples lie apart: a prime, so that requests seldom share one.
_SAMPLE_STRIDE = 104_729


@dataclass(frozen=True)
class Room:
    """Limits of a batch: requests, tokens per row, and tokens of all rows with padding."""

    requests: int
    row: int
    tokens: int


class BatchRequest:
    """A request under way, with a row for each of its samples.

    `room` is the maximum number of tokens of a reply that the model's context permits. `ends`
    are the tokens that end a reply; `follower` creates a new state of the grammar, if any.
    """

    def __init__(
        self,
        stream: Stream,
        prompt: Sequence[int],
        room: int,
        ends: Iterable[int],
        follower: Callable[[], GrammarState | None],
        decode: Callable[[list[int]], str],
    ) -> None:
        self.stream, self.prompt = stream, list(prompt)
        self.done: Future[None] = Future()
        self.most = min(stream.request.decoding.max_tokens, room)
        self.ends, self._decode = frozenset(ends), decode
        self.rows = [_Row(self, n, follower()) for n in range(stream.request.samples)]

    @property
    def over(self) -> bool:
        """Whether the request has ended. A job past its time limit is ended here."""
        if not self.stream.over and self.stream.remaining <= 0:
            self.stream.time_out()
        return self.stream.over

    def row_ended(self) -> None:
        """Deliver the reply if all rows have ended."""
        samples = [row.sample for row in self.rows if row.sample]
        if len(samples) == len(self.rows):
            self.stream.finish(
                Reply(
                    text=samples[0].text,
                    finish=samples[0].finish,
                    others=tuple(samples[1:]),
                    prompt_tokens=len(self.prompt),
                    new_tokens=sum(len(row.tokens) - len(self.prompt) for row in self.rows),
                )
            )

    def text(self) -> TextStream:
        """A fresh text of a reply."""
        return TextStream(self._decode, self.stream.request.decoding.stop)


class _Row:
    """One sample of a request: its tokens so far, and how the next is chosen and shown.

    An error in a row fails its request and no other.
    """

    def __init__(self, asked: BatchRequest, number: int, follower: GrammarState | None) -> None:
        request = asked.stream.request
        self.asked, self._is_shown = asked, number == 0
        self.tokens = list(asked.prompt)
        self.sample: Sample | None = None
        self.allowed: Tensor | None = None
        seed = (request.seed + number * _SAMPLE_STRIDE) % 2**31
        self.sampler = Sampler(request.decoding, seed, self.tokens)
        self._follower, self._text = follower, asked.text()
        self._ends = asked.ends | (follower.ends if follower else frozenset())

    @property
    def over(self) -> bool:
        """Whether it needs no further token."""
        return self.sample is not None or self.asked.over

    def ready(self) -> bool:
        """Update the tokens that the grammar permits next; return whether the row continues."""
        if not self.over and self._follower:
            try:
                self.allowed = self._follower.allowed()
            except EngineFailed as error:
                self.asked.stream.fail(error)
        return not self.over

    def take(self, token: int | None) -> None:
        """Append the token, or end the row."""
        if token is None:
            no_token = (
                "no token could be chosen: the model's scores are not numbers, or none of its "
                "tokens fits the grammar"
            )
            return self.asked.stream.fail(EngineFailed(no_token))
        if token in self._ends:
            return self._finish("stop")
        try:
            complete = self._follower.take(token) if self._follower else False
        except EngineFailed as error:
            return self.asked.stream.fail(error)
        self.tokens.append(token)
        self._show(self._text.push(token))
        if complete or self._text.stopped:
            return self._finish("stop")
        if len(self.tokens) - len(self.asked.prompt) >= self.asked.most:
            self._finish("length")
        return None

    def _show(self, piece: str) -> None:
        if self._is_shown:
            self.asked.stream.push(piece)

    def _finish(self, how: Literal["stop", "length"]) -> None:
        self._show(self._text.flush())
        self.sample = Sample(text=self._text.text, finish=how)
        self.asked.row_ended()


def fitting(waiting: Sequence[BatchRequest], room: Room) -> int:
    """The number of waiting requests, from the first, that fit in one batch: at least one."""
    rows = longest = most = 0
    for number, asked in enumerate(waiting[: room.requests]):
        rows += len(asked.rows)
        longest, most = max(longest, len(asked.prompt)), max(most, asked.most)
        width = longest + most
        if number and (width > room.row or width * rows > room.tokens):
            return number
    return min(len(waiting), room.requests)


@torch.inference_mode()
def generate(network: Any, batch: Sequence[BatchRequest]) -> None:
    """Generate the replies of a batch into their streams. Errors of the model are raised."""
    rows = [row for asked in batch if not asked.over for row in asked.rows]
    if not rows:
        return
    # Padding is on the left, so that the last column holds the last token of every row. `ids` and
    # `mask` have shape (rows, width); the mask is 0 on padding, whose token id is never read.
    width = max(len(row.tokens) for row in rows)
    pads = [width - len(row.tokens) for row in rows]
    ids = [[0] * pad + row.tokens for pad, row in zip(pads, rows, strict=True)]
    mask = [[0] * pad + [1] * (width - pad) for pad in pads]
    network.generate(
        input_ids=torch.tensor(ids, device=network.device),
        attention_mask=torch.tensor(mask, device=network.device),
        generation_config=GenerationConfig(
            max_new_tokens=max(row.asked.most for row in rows), do_sample=False, pad_token_id=0
        ),
        logits_processor=LogitsProcessorList([_Choice(rows)]),
        stopping_criteria=StoppingCriteriaList([_Over(rows)]),
    )


class _Choice(LogitsProcessor):  # type: ignore[misc]
    """Choose a token for each unfinished row, and make it the only one `generate` can take."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores of 0 for the tokens that were chosen, and of minus infinity for all others.

        `scores` has shape (rows, vocabulary). A finished row gets token 0, which is never read.
        """
        chosen = [0] * len(self._rows)
        alive = [(at, row) for at, row in enumerate(self._rows) if row.ready()]
        samplers, allowed = [row.sampler for _, row in alive], [row.allowed for _, row in alive]
        tokens = choose(scores[[at for at, _ in alive]], samplers, allowed) if alive else []
        for (at, row), token in zip(alive, tokens, strict=True):
            row.take(token)
            chosen[at] = token or 0
        only = torch.full_like(scores, float("-inf"))
        return only.scatter_(1, torch.tensor(chosen, device=scores.device)[:, None], 0.0)


class _Over(StoppingCriteria):  # type: ignore[misc]
    """Tells which rows need no further token."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows

    def __call__(self, input_ids: Tensor, scores: Any, **more: Any) -> Tensor:
        """True for each row that is over."""
        return torch.tensor([row.over for row in self._rows], device=input_ids.device)
