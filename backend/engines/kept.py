"""Keys and values of chats kept between their requests, the least lately used dropped first."""

from collections import OrderedDict
from collections.abc import Sequence

from backend.engines.caches import Strip, bytes_of, compact, cropped


class KeptCaches:
    """Chat -> its tokens and their keys and values, never more than `limit` bytes in all.

    Used by the worker's thread only; `bytes` may be read by any.
    """

    def __init__(self, limit: int) -> None:
        self.bytes = 0
        self._limit = limit
        self._chats: OrderedDict[str, tuple[list[int], Strip, int]] = OrderedDict()

    def put(self, chat: str, tokens: Sequence[int], strip: Strip) -> None:
        """Keep a copy in place of what this chat had; not if it alone is over the limit."""
        self._drop(chat)
        size = bytes_of(strip)
        if size > self._limit or not tokens:
            return
        while self.bytes + size > self._limit:
            self._drop(next(iter(self._chats)))
        self._chats[chat] = (list(tokens), compact(strip), size)
        self.bytes += size

    def take(self, chat: str, prompt: Sequence[int]) -> tuple[Strip, int]:
        """Hand over what begins this prompt, and for how many tokens; one at least is left.

        What doesn't begin it is forgotten.
        """
        tokens, strip, _ = self._chats.get(chat, ([], [], 0))
        self._drop(chat)
        same = 0
        for kept, wanted in zip(tokens, prompt[:-1], strict=False):
            if kept != wanted:
                break
            same += 1
        return (cropped(strip, same), same) if same else ([], 0)

    def clear(self) -> None:
        """Forget them all."""
        self._chats.clear()
        self.bytes = 0

    def _drop(self, chat: str) -> None:
        if chat in self._chats:
            self.bytes -= self._chats.pop(chat)[2]
