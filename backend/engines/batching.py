"""Continuous batching: samples of many requests decoded together, joining and leaving at any step.

A row joins by a prefill of what its chat's kept cache does not hold, and from then on every step
gives each row its next token (iteration-level batching: Yu et al. 2022, Orca). Rows of a batch
are padded on the left and masked; a row alone runs without either.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, Literal

import torch
from torch import Tensor

from backend.engines import EngineFailed, Reply, Sample
from backend.engines.caches import Strip, stacked, strip_of
from backend.engines.grammars import Follower
from backend.engines.jobs import Stream
from backend.engines.kept import KeptCaches
from backend.engines.sampling import Sampler, choose
from backend.engines.streaming import TextStream

#: Tokens of a prefill, padding included: bounds its memory.
PREFILL = 8192

#: Rows that have left stay in the batch until they are this share of it: a copy costs more.
IDLE = 0.5


#: What the seeds of a request's samples lie apart: a prime, so that requests seldom share one.
_SAMPLE_STRIDE = 104_729


class Row:
    """One sample of a request under way: its tokens so far, and how the next is chosen and shown.

    `siblings` are the rows of all samples of the request; the first one's text is streamed.
    """

    def __init__(
        self,
        stream: Stream,
        prompt: Sequence[int],
        room: int,
        ends: Iterable[int],
        follower: Callable[[], Follower | None],
        decode: Callable[[list[int]], str],
        lead: "Row | None" = None,
    ) -> None:
        decoding = stream.request.decoding
        self.stream = stream
        self.siblings: list[Row] = lead.siblings if lead else []
        number = len(self.siblings)
        self.siblings.append(self)
        self.done: Future[None] = lead.done if lead else Future()
        self.tokens = list(prompt)
        self.prompt = len(self.tokens)
        self.kept = 0
        self.sample: Sample | None = None
        self.has_left = False
        self._most = min(decoding.max_tokens, room)
        self._follower = follower()
        self._ends = frozenset(ends) | (self._follower.ends if self._follower else frozenset())
        self._text = TextStream(decode, decoding.stop)
        seed = (stream.request.seed + number * _SAMPLE_STRIDE) % 2**31
        self.sampler = Sampler(decoding, seed, prompt)
        if lead is None:
            for _ in range(stream.request.samples - 1):
                Row(stream, prompt, room, ends, follower, decode, self)

    @property
    def is_lead(self) -> bool:
        """Whether it is the first of its request's rows."""
        return self.siblings[0] is self

    @property
    def over(self) -> bool:
        """Whether nobody waits for more of it; ends a job whose time is up."""
        if not self.stream.over and self.stream.remaining <= 0:
            self.stream.time_out()
        return self.sample is not None or self.stream.over

    def leave(self) -> None:
        """Note that it is in no batch any more; the request is done with its last row."""
        self.has_left = True
        if all(row.has_left for row in self.siblings) and not self.done.done():
            self.done.set_result(None)

    def allowed(self) -> Tensor | None:
        """What its grammar permits next. Raises EngineFailed."""
        return self._follower.allowed() if self._follower else None

    def take(self, token: int | None) -> None:
        """Go on with this token, or end with it. Raises EngineFailed."""
        if token is None:
            raise EngineFailed(
                "no token could be chosen: the model's scores are not numbers, or none of its "
                "tokens fits the grammar"
            )
        if token in self._ends:
            return self._finish("stop")
        self.sampler.saw(token)
        complete = self._follower.take(token) if self._follower else False
        self.tokens.append(token)
        self._show(self._text.push(token))
        if complete or self._text.stopped:
            self._finish("stop")
        elif len(self.tokens) - self.prompt >= self._most:
            self._finish("length")
        return None

    def _show(self, piece: str) -> None:
        if self.is_lead:
            self.stream.push(piece)

    def _finish(self, how: Literal["stop", "length"]) -> None:
        self._show(self._text.flush())
        self.sample = Sample(text=self._text.text, finish=how)
        samples = [row.sample for row in self.siblings if row.sample]
        if len(samples) == len(self.siblings):
            self.stream.finish(
                Reply(
                    text=samples[0].text,
                    finish=samples[0].finish,
                    others=tuple(samples[1:]),
                    prompt_tokens=self.prompt,
                    kept_tokens=self.siblings[0].kept,
                    new_tokens=sum(len(row.tokens) - row.prompt for row in self.siblings),
                )
            )


class Batch:
    """The rows that run now, and their keys and values. For one thread's use."""

    def __init__(self, model: Any, kept: KeptCaches) -> None:
        self._model, self._kept = model, kept
        self._rows: list[Row | None] = []
        self._cache: Any = None
        self._mask = torch.empty(0, 0, dtype=torch.bool)

    @property
    def running(self) -> int:
        """How many rows have not left."""
        return sum(row is not None for row in self._rows)

    def join(self, newcomers: Sequence[Row]) -> None:
        """Take in the rows of these leads, and give each its first token.

        What the samples of a request have in common is read once.
        """
        arrived: list[tuple[Row, Strip]] = []
        for group in _groups(newcomers):
            before = [self._kept.take(row.stream.request.chat or "", row.tokens) for row in group]
            for row, (_, kept) in zip(group, before, strict=True):
                row.kept = kept
            cache, mask, logits = self._prefill(group, before)
            samples = [(at, row) for at, lead in enumerate(group) for row in lead.siblings]
            self._go_on([row for _, row in samples], logits[[at for at, _ in samples]])
            if len(samples) == len(newcomers) and not self.running:
                self._rows, self._cache, self._mask = list(group), cache, mask
                return
            arrived += [(row, strip_of(cache, at, _real(mask[at]))) for at, row in samples]
        self._rebuild([*self._strips(), *arrived])

    def step(self) -> None:
        """Give each row its next token; rows that are over leave."""
        self._leave()
        if not self.running:
            return
        device = self._model.device
        last = [[row.tokens[-1] if row else 0] for row in self._rows]
        place = [[len(row.tokens) - 1 if row else 0] for row in self._rows]
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(self._rows), 1)], dim=1)
        padded = len(self._rows) > 1 or not bool(self._mask.all())
        out = self._model(
            input_ids=torch.tensor(last, device=device),
            position_ids=torch.tensor(place, device=device),
            attention_mask=self._mask.to(device) if padded else None,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._go_on(self._rows, out.logits[:, -1])

    def fail(self, error: EngineFailed, rows: Iterable[Row | None] | None = None) -> None:
        """End these rows, or all, in an error; the batch goes on, or begins anew."""
        for row in list(self._rows if rows is None else rows):
            if row and not row.done.done():
                row.stream.fail(error)
                row.done.set_result(None)
        if rows is None:
            self._rows, self._cache = [], None

    def _prefill(
        self, group: Sequence[Row], before: Sequence[tuple[Strip, int]]
    ) -> tuple[Any, Tensor, Tensor]:
        """Cache, mask and last scores of rows whose first tokens are kept already."""
        past = max(kept for _, kept in before)
        width = max(len(row.tokens) - row.kept for row in group)
        ids = torch.zeros(len(group), width, dtype=torch.long)
        places = torch.zeros(len(group), width, dtype=torch.long)
        mask = torch.zeros(len(group), past + width, dtype=torch.bool)
        for at, row in enumerate(group):
            new = len(row.tokens) - row.kept
            ids[at, width - new :] = torch.tensor(row.tokens[row.kept :])
            places[at, width - new :] = torch.arange(row.kept, len(row.tokens))
            mask[at, past - row.kept : past] = True
            mask[at, past + width - new :] = True
        device = self._model.device
        cache = stacked([strip for strip, _ in before], self._model.config)
        out = self._model(
            input_ids=ids.to(device),
            position_ids=places.to(device),
            attention_mask=None if bool(mask.all()) else mask.to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return cache, mask, out.logits[:, -1]

    def _go_on(self, rows: Sequence[Row | None], logits: Tensor) -> None:
        """Choose and take a token for each row that is still wanted."""
        alive, allowed = [], []
        for at, row in enumerate(rows):
            if row is None or row.over:
                continue
            try:
                permitted = row.allowed()
            except EngineFailed as error:
                row.stream.fail(error)
                continue
            alive.append(at)
            allowed.append(permitted)
        if not alive:
            return
        found = [row for at in alive if (row := rows[at])]
        picked = logits if len(alive) == len(rows) else logits[alive]
        tokens = choose(picked, [row.sampler for row in found], allowed)
        for row, token in zip(found, tokens, strict=True):
            try:
                row.take(token)
            except EngineFailed as error:
                row.stream.fail(error)

    def _leave(self) -> None:
        """Let go of rows that are over, keeping what their chats may want again."""
        for at, row in enumerate(self._rows):
            if row is None or not row.over:
                continue
            if row.is_lead and (chat := row.stream.request.chat):
                strip = strip_of(self._cache, at, _real(self._mask[at]))
                self._kept.put(chat, row.tokens[: int(self._mask[at].sum())], strip)
            self._rows[at] = None
            row.leave()
        if self.running <= IDLE * len(self._rows):
            self._rebuild(self._strips())

    def _strips(self) -> list[tuple[Row, Strip]]:
        return [
            (row, strip_of(self._cache, at, _real(self._mask[at])))
            for at, row in enumerate(self._rows)
            if row
        ]

    def _rebuild(self, rows: Sequence[tuple[Row, Strip]]) -> None:
        """Begin anew with these rows, flush right, and no other."""
        self._rows = [row for row, _ in rows]
        if not rows:
            self._cache = None
            return
        lengths = [strip[0][0].shape[1] for _, strip in rows]
        self._cache = stacked([strip for _, strip in rows], self._model.config)
        columns = torch.arange(max(lengths))
        self._mask = columns >= (max(lengths) - torch.tensor(lengths))[:, None]


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of like length together, each group within the bound of a prefill."""
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: len(row.tokens), reverse=True):
        longest = len(groups[-1][0].tokens) if groups else 0
        if groups and longest * (len(groups[-1]) + 1) <= PREFILL:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _real(mask: Tensor) -> slice | Tensor:
    """The columns that are no padding; a slice, so that none are copied, where they adjoin."""
    columns = mask.nonzero().squeeze(-1)
    first, last = int(columns[0]), int(columns[-1])
    return slice(first, last + 1) if last - first + 1 == len(columns) else columns
