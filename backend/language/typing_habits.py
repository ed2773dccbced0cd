"""Typing habits: lower-case first letters, missing final punctuation, exclamation marks.

Habits are read from texts with `TITLE` for each title of a film, so that how titles are written
counts for nobody: ReDial's people picked them from a list.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import Turn
from backend.language.films import films_in

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


def exclaims(text: str) -> tuple[int, int]:
    """(Ends with an exclamation mark, ends with that or a full stop), as 0 or 1.

    >>> exclaims("Thanks!"), exclaims("Thanks."), exclaims("Well...")
    ((1, 1), (0, 1), (0, 0))
    """
    text = text.rstrip("\"'” ")
    marked = text.endswith("!")
    return int(marked), int(marked or (text.endswith(".") and not text.endswith("..")))


def has_slip(text: str) -> bool:
    """Whether a text has a slip that is recognised without a dictionary.

    >>> has_slip("i dont mind"), has_slip("I don't mind, really...")
    (True, False)
    """
    return any(slip.search(text) for slip in _SLIPS)


def without_titles(turn: Turn, catalogue: Catalogue) -> str:
    """The text of a turn with `TITLE` for each title."""
    text = turn.text.strip()
    stripped = turn.model_copy(update={"text": text})
    for film in reversed(films_in(stripped, catalogue)):
        text = f"{text[: film.start]}{TITLE}{text[film.end :]}"
    return text


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of somebody's turns (0 to 1): those that begin with a small letter, and others.

    `open` is the share without a closing mark among turns that ask nothing, `exclaims` the share
    of exclamation marks among turns that end with one or with a full stop.
    """

    small: float
    open: float
    exclaims: float

    @classmethod
    def of(cls, turns: Sequence[Turn], catalogue: Catalogue) -> "Habits":
        """The habits of whoever said these turns; 0 where no turn can tell."""
        bare = [without_titles(turn, catalogue) for turn in turns]
        stated = [text for text in bare if not text.endswith("?")]
        return cls(
            small=_share(begins_small, bare),
            open=_share(ends_open, stated),
            exclaims=_share(exclaims, stated),
        )


def _share(count: Callable[[str], tuple[int, int]], texts: Sequence[str]) -> float:
    counts = [count(text) for text in texts]
    of = sum(n for _, n in counts)
    return round(sum(k for k, _ in counts) / of, 2) if of else 0.0


def typed(turn: Turn, catalogue: Catalogue, *, small: bool, mark: str) -> str:
    """The text of a turn in small letters or with a capital first, closed by `mark`.

    `mark` is a full stop, an exclamation mark or nothing. It replaces those of the text; a question
    mark, dots or a smiley at the end stay. Titles stay as they are. In small letters are the first
    letter of each sentence and, in a text that begins with it, the word 'I': of people's turns with
    an 'I' that begin small, 0.58 have it small (n = 792, the training part). With a capital first,
    the word 'I' is one, too.

    >>> turn = Turn(role="seeker", text="I like Up. I've seen it")
    >>> typed(turn, Catalogue.load(), small=True, mark="!")
    "i like Up. i've seen it!"
    """
    told, at = "", 0
    says_i = re.match(r"I\b", turn.text) is not None
    for film in films_in(turn, catalogue):
        piece = turn.text[at : film.start]
        told += _recased(piece, told, small, says_i) + turn.text[film.start : film.end]
        at = film.end
    told += _recased(turn.text[at:], told, small, says_i)
    if told.endswith(".."):
        return told
    bare = re.sub(r"(?<=\w)[.!]+$", "", told)
    return f"{bare}{mark}" if bare[-1:].isalnum() else told


def _recased(text: str, before: str, small: bool, says_i: bool) -> str:
    """A piece of a text, what stands before it given, with its letters' case set."""
    if small and says_i:
        text = re.sub(r"\bI\b", "i", text)
    if small:
        text = re.sub(r"(?<=[.!?] )(?!I\b)[A-Z]", lambda letter: letter[0].lower(), text)
    else:
        text = re.sub(r"\bi\b(?!\.)", "I", text)
    if before:
        return text
    return (text[:1].lower() if small else text[:1].upper()) + text[1:]
