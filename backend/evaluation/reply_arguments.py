"""Validation of the arguments of checks in a file of typed chats.

A misspelt genre would otherwise fail every reply, and a film that the catalogue lacks would break
off a run that has taken minutes.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.catalogue import Catalogue
from backend.dialogue import ActKind


def wrong_argument(check: str, wanted: Any, catalogue: Catalogue) -> str:
    """Why a check can't have this argument, or '' if it can; `check` is a name of `CHECKS`."""
    try:
        _ARGUMENTS.get(check, _flag)(wanted, catalogue)
    except ValueError as error:
        return str(error)
    return ""


def wrong_wish(wish: Mapping[str, str], catalogue: Catalogue) -> str:
    """Why a seeker can't wish for these attributes, or '' if it can."""
    return wrong_argument("has", wish, catalogue) if wish else ""


def _flag(wanted: Any, catalogue: Catalogue) -> None:
    if not isinstance(wanted, bool):
        raise ValueError(f"true or false expected, not {wanted!r}")


def _year(wanted: Any, catalogue: Catalogue) -> None:
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise ValueError(f"a year expected, not {wanted!r}")


def _facts(wanted: Any, catalogue: Catalogue) -> None:
    for name, title in _mapping(wanted):
        item = catalogue.find(str(title))
        if not item:
            raise ValueError(f"the catalogue has no film {title!r}")
        known = item[0].item.year if name == "year" else item[0].item.values.get(name)
        if not known:
            raise ValueError(f"the catalogue has no {name} of {title!r}")


def _attributes(wanted: Any, catalogue: Catalogue) -> None:
    for name, values in _mapping(wanted):
        known = {value.casefold() for value in catalogue.values.get(name, ())}
        for value in [values] if isinstance(values, str) else values:
            if str(value).casefold() not in known:
                raise ValueError(f"the catalogue has no {name} {value!r}")


def _titles(wanted: Any, catalogue: Catalogue) -> None:
    for title in _list(wanted):
        if not catalogue.find(str(title)):
            raise ValueError(f"the catalogue has no film {title!r}")


def _kinds(wanted: Any, catalogue: Catalogue) -> None:
    for kind in _list(wanted):
        ActKind(kind)


def _pattern(wanted: Any, catalogue: Catalogue) -> None:
    try:
        re.compile(wanted)
    except (re.error, TypeError) as error:
        raise ValueError(f"no regular expression: {wanted!r} ({error})") from error


def _mapping(wanted: Any) -> list[tuple[str, Any]]:
    if not isinstance(wanted, Mapping) or not wanted:
        raise ValueError(f"attributes expected, as 'genre: horror', not {wanted!r}")
    return list(wanted.items())


def _list(wanted: Any) -> list[Any]:
    if not isinstance(wanted, list):
        raise ValueError(f"a list expected, not {wanted!r}")
    return wanted


#: Check -> what looks at its argument; any other check is true or false.
_ARGUMENTS: dict[str, Callable[[Any, Catalogue], None]] = {
    "tells": _facts,
    "has": _attributes,
    "lacks": _attributes,
    "before": _year,
    "after": _year,
    "is_not": _titles,
    "acts": _kinds,
    "no_acts": _kinds,
    "says": _pattern,
    "avoids": _pattern,
}
