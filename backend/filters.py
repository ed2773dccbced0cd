"""Parsing of dialogue filters that are given to commands as text."""

from pydantic import ValidationError

from backend.pool import DialogueFilter


class FilterError(ValueError):
    """A filter can't be read; the message says how one is written."""


def read_filter(text: str) -> DialogueFilter:
    """Parse a filter such as `corpus=a|b,seeker_system=x`. Raises FilterError."""
    fields: dict[str, object] = {}
    for part in filter(None, text.split(",")):
        name, sign, value = part.partition("=")
        if not sign:
            raise FilterError(f"a filter is name=value,name=value; got {part!r}")
        fields[name] = value if name.startswith(("min_", "max_")) else tuple(value.split("|"))
    try:
        return DialogueFilter.model_validate(fields)
    except ValidationError as error:
        raise FilterError(
            f"no such filter {text!r}: {error.errors()[0]['msg']}; there are "
            f"{', '.join(DialogueFilter.model_fields)}"
        ) from error
