"""Regular expressions for link parameters, limited to those that run in linear time.

The Rust regex engine in pydantic runs them, and it never backtracks. A pattern that needs
backtracking, such as a look-ahead, is rejected.
"""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

#: Maximum number of characters in a link's value, and in a pattern.
LONGEST = 200


def problem(pattern: str) -> str | None:
    """Describe in one line what is wrong with a pattern; None if it can be used."""
    if len(pattern) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    try:
        _whole(pattern)
    except SchemaError as error:
        return " ".join(str(error).split()[-12:])
    return None


def fits(pattern: str, value: str) -> bool:
    """Whether the whole value matches the pattern, is printable and not longer than `LONGEST`."""
    if len(value) > LONGEST or not value.isprintable():
        return False
    try:
        _whole(pattern).validate_python(value)
    except (SchemaError, ValidationError):
        return False
    return True


@lru_cache(maxsize=64)
def _whole(pattern: str) -> TypeAdapter[Any]:
    # Compile the bare pattern first: an invalid one such as `)|(` is valid inside the group below.
    TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    return TypeAdapter(Annotated[str, StringConstraints(pattern=rf"\A(?:{pattern})\z")])
