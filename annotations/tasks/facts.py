"""Facts of a unit that analysis needs and raters must not see, and their form in exports."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from annotations.questions import NEVER

#: A fact's value; None where the dialogue has nothing of the kind, such as no swap.
Fact: TypeAlias = int | str | tuple[int, ...] | tuple[str, ...] | None

#: Facts by name. `stratum` has the values on which a pair was matched, `pair` the pair's number.
Facts: TypeAlias = Mapping[str, Fact]


def as_strings(facts: Facts) -> tuple[str, ...]:
    """Facts as the strings of an export's column `stratum`, in order.

    >>> as_strings({"stratum": ("redial",), "pair": 3})
    ('redial', 'pair 3')
    >>> as_strings({"swap": 4, "places": (0, 2, 4)})
    ('swap=4', 'places=0,2,4')
    """
    strings: list[str] = []
    for name, value in facts.items():
        if name == "stratum" and isinstance(value, tuple):
            strings += map(str, value)
        elif name == "pair":
            strings.append(f"pair {value}")
        elif name in ("role", "seat"):
            strings.append(str(value))
        else:
            parts = value if isinstance(value, tuple) else [NEVER if value is None else value]
            strings.append(f"{name}={','.join(map(str, parts))}")
    return tuple(strings)


def from_strings(strings: Sequence[str]) -> dict[str, Fact]:
    """Facts of a unit that was stored before units had facts, from the strings in its `stratum`.

    >>> from_strings(["swap=never", "places=0,2,4"])
    {'swap': None, 'places': (0, 2, 4)}
    >>> from_strings(["redial", "pair 3"])
    {'stratum': ('redial',), 'pair': 3}
    """
    if [part.partition("=")[0] for part in strings] == ["swap", "places"]:
        swap, places = (part.partition("=")[2] for part in strings)
        return {
            "swap": None if swap == NEVER else int(swap),
            "places": tuple(int(place) for place in places.split(",") if place),
        }
    # Every matched pair has a stratum, so a single string is never the number of a pair.
    if len(strings) > 1 and (numbered := re.fullmatch(r"pair (\d+)", strings[-1])):
        return {"stratum": tuple(strings[:-1]), "pair": int(numbered[1])}
    return {"stratum": tuple(strings)} if strings else {}


def of_game(strings: Sequence[str]) -> dict[str, Fact]:
    """Facts of one seat of a live game: the rater's role and, for a witness, the seat.

    >>> of_game(["seeker", "witness"])
    {'role': 'seeker', 'seat': 'witness'}
    """
    return dict(zip(("role", "seat"), strings, strict=False))
