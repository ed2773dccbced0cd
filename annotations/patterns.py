"""Regular expressions for link parameters, limited to those that run in linear time.

They are read by the Rust regex engine in pydantic, which never goes back over a text. What needs
that, such as a look-ahead, is refused.
"""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

#: Most characters of a link's value, and of a pattern.
LONGEST = 200


def problem(pattern: str) -> str | None:
    """What is wrong with a pattern, in a line; None where it can be used."""
    if len(pattern) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    try:
        _whole(pattern)
    except SchemaError as error:
        return " ".join(str(error).split()[-12:])
    return None


def fits(pattern: str, value: str) -> bool:
    """Whether all of a value is as the pattern says, and no longer or odder than a link's is."""
    if len(value) > LONGEST or not value.isprintable():
        return False
    try:
        _whole(pattern).validate_python(value)
    except (SchemaError, ValidationError):
        return False
    return True


@lru_cache(maxsize=64)
def _whole(pattern: str) -> TypeAdapter[Any]:
    TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])  # by itself: `)|(` is none
    return TypeAdapter(Annotated[str, StringConstraints(pattern=rf"\A(?:{pattern})\z")])
