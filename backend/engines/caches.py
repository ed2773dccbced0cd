"""Keys and values of rows: taken out of a shared cache, put together into one, measured."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

#: One row's keys and values, layer by layer, each heads x tokens x size; empty if it has none.
Strip = list[tuple[Tensor, Tensor]]

#: Tokens a cache can take in before it is copied to a larger place.
ROOM = 64


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A layer that writes new tokens into spare room, where its parent copies all it has."""

    def __init__(self, rows: Sequence[tuple[Tensor, Tensor] | None] = ()) -> None:
        """Hold these rows' keys and values (None for a row without), padded on the left."""
        super().__init__()
        self._keys = self._values = torch.empty(0)
        if any(row is not None for row in rows):
            self._keys, self.keys = _beside([row and row[0] for row in rows])
            self._values, self.values = _beside([row and row[1] for row in rows])
            self.dtype, self.device = self.keys.dtype, self.keys.device
            self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Add tokens and return all there are, as views."""
        held = self.get_seq_length()
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self._keys, self.keys = _append(self._keys, held, key_states)
        self._values, self.values = _append(self._values, held, value_states)
        return self.keys, self.values


def _append(store: Tensor, held: int, new: Tensor) -> tuple[Tensor, Tensor]:
    """The store after the first `held` tokens were followed by new ones, and its used part."""
    rows, heads, tokens, size = new.shape
    end = held + tokens
    if store.dim() < 4 or store.shape[2] < end:
        larger = new.new_empty((rows, heads, end + ROOM, size))
        if held:
            larger[:, :, :held] = store[:, :, :held]
        store = larger
    store[:, :, held:end] = new
    return store, store[:, :, :end]


def _beside(rows: Sequence[Tensor | None]) -> tuple[Tensor, Tensor]:
    """A store with these rows (heads x tokens x size) flush right, and its used part."""
    like = next(row for row in rows if row is not None)
    width = max(row.shape[1] for row in rows if row is not None)
    store = like.new_empty((len(rows), like.shape[0], width + ROOM, like.shape[2]))
    for place, row in zip(store, rows, strict=True):
        pad = width - (0 if row is None else row.shape[1])
        place[:, :pad] = 0  # masked, but what is masked must be a number
        if row is not None:
            place[:, pad:width] = row
    return store, store[:, :, :width]


def stacked(strips: Sequence[Strip], config: Any) -> DynamicCache:
    """One cache of these rows, padded on the left."""
    cache = DynamicCache(config=config)
    cache.layers = [
        RoomyLayer([strip[layer] if strip else None for strip in strips])
        for layer in range(len(cache.layers))
    ]
    return cache


def strip_of(cache: DynamicCache, row: int, columns: slice | Tensor) -> Strip:
    """One row's keys and values at these columns; views if the columns are a slice."""
    layers: Any = cache.layers
    return [(layer.keys[row][:, columns], layer.values[row][:, columns]) for layer in layers]


def cropped(strip: Strip, tokens: int) -> Strip:
    """The first tokens of a strip."""
    return [(keys[:, :tokens], values[:, :tokens]) for keys, values in strip]


def compact(strip: Strip) -> Strip:
    """A copy that holds on to nothing but itself."""
    whole = torch.contiguous_format
    return [(k.clone(memory_format=whole), v.clone(memory_format=whole)) for k, v in strip]


def bytes_of(strip: Strip) -> int:
    """Bytes of its numbers."""
    return sum(part.numel() * part.element_size() for pair in strip for part in pair)
