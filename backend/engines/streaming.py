"""Incremental decoding of tokens to text: whole characters only, without stop strings."""

from collections.abc import Callable, Sequence

#: What a decoder writes for bytes that are no character, or not yet one.
BROKEN = "\ufffd"


class TextStream:
    """Text of one reply. Pieces joined are the decoded tokens up to the first stop string.

    A character cut off at the very end is left off; bytes that never were one stay `BROKEN`.
    """

    def __init__(self, decode: Callable[[list[int]], str], stop: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stop = [mark for mark in stop if mark]
        self._ids: list[int] = []  # from the last token but one that ended in a whole character
        self._shown = 0  # of these tokens: their text has been read
        self._before = ""  # the text of those
        self._held = ""  # read, but it may be the beginning of a stop string
        self.text = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """The piece that can be shown after this token, often empty."""
        self._ids.append(token)
        whole = self._decode(self._ids)
        if whole.endswith(BROKEN) or len(whole) <= len(self._before):
            return ""
        new = whole[len(self._before) :]
        self._ids = self._ids[self._shown :]
        self._shown, self._before = len(self._ids), self._decode(self._ids)
        return self._show(new)

    def flush(self) -> str:
        """The last piece, once no token follows."""
        rest = self._decode(self._ids)[len(self._before) :].rstrip(BROKEN)
        return self._show(rest, last=True)

    def _show(self, new: str, *, last: bool = False) -> str:
        if self.stopped:
            return ""
        ready = self._held + new
        ends = [at for at in (ready.find(mark) for mark in self._stop) if at >= 0]
        self.stopped = bool(ends)
        kept = 0 if ends or last else self._beginning(ready)
        cut = min(ends, default=len(ready) - kept)
        piece, self._held = ready[:cut], ready[len(ready) - kept :]
        self.text += piece
        return piece

    def _beginning(self, text: str) -> int:
        """Length of the longest end of `text` that a stop string may begin with."""
        most = min(len(text), max(map(len, self._stop), default=0) - 1)
        ends = (n for n in range(most, 0, -1) if any(m.startswith(text[-n:]) for m in self._stop))
        return next(ends, 0)
