"""The moderation hook: a function of the operator's that may refuse a message, named by
`UNCANNY_MODERATION=package.module:function`. None is set by default.
"""

import os
import pkgutil
from collections.abc import Callable
from functools import cache

from backend.dialogue import Origin

#: Text and who wrote it, to why it is refused, or None where it may pass.
Moderator = Callable[[str, Origin], str | None]


class Refused(Exception):
    """A message that may not be sent; the reason is for the operator, not for the person."""


def active() -> bool:
    """Whether an operator's moderator looks at messages."""
    return bool(os.environ.get("UNCANNY_MODERATION"))


def check(text: str, origin: Origin) -> None:
    """Ask the operator's moderator about a message. Raises Refused.

    A moderator that can't be loaded, or fails, refuses: silence is not consent.
    """
    name = os.environ.get("UNCANNY_MODERATION")
    if not name:
        return
    try:
        reason = _load(name)(text, origin)
    except Exception as error:
        raise Refused(f"the moderator {name} failed: {error!r}") from error
    if reason:
        raise Refused(reason)


@cache
def _load(name: str) -> Moderator:
    found: Moderator = pkgutil.resolve_name(name)
    return found
