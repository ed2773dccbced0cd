"""Removes the drafts of thinking models, such as `<think>...</think>`, from replies and streams."""

import re

_NAMES = ("think", "thinking", "thought", "reasoning")
_OPENING = {f"<{name}>" for name in _NAMES}
_CLOSING = {f"</{name}>" for name in _NAMES}
_OPENING_TAG = re.compile("|".join(map(re.escape, sorted(_OPENING))))
_CLOSING_TAG = re.compile("|".join(map(re.escape, sorted(_CLOSING))))


class DraftFilter:
    """Passes on the text outside drafts, piece by piece. However a text is cut, the sum is alike.

    White space after a draft is dropped, and so is an unclosed draft.
    """

    def __init__(self) -> None:
        self._held = ""  # may be the beginning of a tag
        self._in_draft = False
        self._after_draft = False

    def push(self, piece: str) -> str:
        """The text that can be shown after this piece, often empty."""
        text, self._held = self._held + piece, ""
        shown: list[str] = []
        while text:
            tag = (_CLOSING_TAG if self._in_draft else _OPENING_TAG).search(text)
            if tag is None:
                kept = _beginning(text, _CLOSING if self._in_draft else _OPENING)
                self._held = text[len(text) - kept :]
                shown.append(self._outside(text[: len(text) - kept]))
                break
            shown.append(self._outside(text[: tag.start()]))
            self._after_draft = self._in_draft
            self._in_draft = not self._in_draft
            text = text[tag.end() :]
        return "".join(shown)

    def flush(self) -> str:
        """The last piece, once no text follows."""
        text, self._held = self._held, ""
        return self._outside(text)

    def _outside(self, text: str) -> str:
        if self._in_draft:
            return ""
        if self._after_draft:
            text = text.lstrip()
            self._after_draft = not text
        return text


def without_drafts(text: str) -> str:
    """A whole reply without its drafts, also one whose opening tag was part of the prompt.

    >>> without_drafts("<think>Be blunt?</think> Hello")
    'Hello'
    >>> without_drafts("Be blunt?</think> Hello")
    'Hello'
    >>> without_drafts("<think>Be bl")
    ''
    """
    draft_filter = DraftFilter()
    shown = draft_filter.push(text) + draft_filter.flush()
    closings = list(_CLOSING_TAG.finditer(shown))
    return shown[closings[-1].end() :].lstrip() if closings else shown


def _beginning(text: str, tags: set[str]) -> int:
    """Length of the longest end of `text` that a tag may begin with."""
    longest = max(map(len, tags)) - 1
    sizes = range(min(len(text), longest), 0, -1)
    return next((n for n in sizes if any(tag.startswith(text[-n:]) for tag in tags)), 0)
