"""Escapes untrusted text for Streamlit's markdown: it cannot restyle, load or run anything."""

import re
from string import punctuation

_LABEL = punctuation
_PROSE = r"\`[]:$<>~!|&"

# Streamlit looks for these once more after markdown was read and escapes are gone: addresses it
# links (remark-gfm), icons and its own logo, and, in a label, pairs of signs it draws as one.
_LINKED = re.compile(
    r"(?<=:)(?=//|material|streamlit)|(?<=www)(?=\.)|(?<=@)(?=[-\w])", re.IGNORECASE
)
_DRAWN = re.compile(r"(?<=-)(?=[->])|(?<=<)(?=[-=])|(?<=[>~!])(?==)")

#: Stands between two signs unseen, and keeps their line together (U+2060, word joiner).
_JOINER = "\u2060"


def label(text: str) -> str:
    """Text as it stands, on one line: for labels and buttons."""
    return " ".join(_escaped(_DRAWN.sub(_JOINER, visible(text)), _LABEL).split())


def prose(text: str) -> str:
    """Paragraphs, lists, headings and emphasis of a protocol; no links, images or formulas."""
    return _escaped(visible(text), _PROSE)


def visible(text: str) -> str:
    """Text without the characters that hide or turn around what stands beside them.

    Controls (Unicode category Cc but tab and newline) and bidirectional overrides (UAX 9).
    """
    return "".join(sign for sign in text if sign in "\t\n" or not _hides(sign))


def _hides(sign: str) -> bool:
    code = ord(sign)
    control = code < 0x20 or 0x7F <= code < 0xA0
    bidirectional = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return control or bidirectional or code in (0x200E, 0x200F, 0x061C, 0x2028, 0x2029)


def _escaped(text: str, signs: str) -> str:
    text = _LINKED.sub(_JOINER, text)
    return "".join("\\" + sign if sign in signs else sign for sign in text)
