"""Typing habits of a text: capital first letter, closing mark, slips of the keyboard.

Texts come with `TITLE` for each title of a film, so that how titles are written counts for nobody:
ReDial's people picked them from a list.
"""

import re

#: What stands for a title.
TITLE = "\N{BLACK SQUARE}"

#: Slips that need no dictionary.
_SLIPS = tuple(
    re.compile(pattern)
    for pattern in (
        # 'i' for 'I', but not 'i.e.'
        r"\bi\b(?!\.e)",
        # An apostrophe left out, and 'alot'.
        r"\b(?:[Dd]o|[Dd]id|[Dd]oes|[Cc]a|[Ww]o|[Ii]s|[Ww]as|[Hh]ave|[Ww]ould|[Cc]ould)nt\b|"
        r"\b(?:[Ii]m|[Ii]ve|[Tt]hats|[Yy]oure|[Tt]heyre|[Ww]hats|[Aa]lot)\b",
        # A word typed twice, unless it is for emphasis or good English.
        r"\b(?!(?:very|really|so|too|had|that|bye|no|yes|ha|haha)\b)([a-z]{2,}) \1\b",
        # A space before a mark, or none after it.
        r"\w [,.?!](?!\.)",
        r"[a-z][,?!][A-Za-z]|[a-z]{2}\.[A-Z]",
    )
)


def begins_small(text: str) -> tuple[int, int]:
    """(Begins with a small letter, begins with a letter at all), as 0 or 1.

    >>> begins_small("yes please"), begins_small("Yes"), begins_small("8 of them")
    ((1, 1), (0, 1), (0, 0))
    """
    return int(text[:1].islower()), int(text[:1].isalpha())


def ends_open(text: str) -> tuple[int, int]:
    """(Ends with a letter or digit, ends with that or a mark that closes a sentence), as 0 or 1.

    Who ends with a title or a smiley is not counted.

    >>> ends_open("yes please"), ends_open("Yes!"), ends_open("thanks :)")
    ((1, 1), (0, 1), (0, 0))
    """
    last = text.rstrip("\"'” ")[-1:]
    return int(last.isalnum()), int(last.isalnum() or (last != "" and last in ".?!…"))


def has_slip(text: str) -> bool:
    """Whether a text has a slip that is recognised without a dictionary.

    >>> has_slip("i dont mind"), has_slip("I don't mind, really...")
    (True, False)
    """
    return any(slip.search(text) for slip in _SLIPS)
