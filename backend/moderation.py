"""The moderation hook: a function of the operator that may refuse a message.

`UNCANNY_MODERATION=package.module:function` names it. No function is set by default.
"""

import os
import pkgutil
from collections.abc import Callable
from functools import cache

from backend.dialogue import Origin

#: Takes a text and the origin of its author. Returns the reason for a refusal, or None.
Moderator = Callable[[str, Origin], str | None]


class Refused(Exception):
    """A message that may not be sent; the reason is for the operator, not for the person."""


def active() -> bool:
    """Whether the operator has set a moderator."""
    return bool(os.environ.get("UNCANNY_MODERATION"))


def check(text: str, origin: Origin) -> None:
    """Ask the operator's moderator about a message. Raises Refused.

    If the moderator cannot be loaded or fails, the message is refused.
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
    moderator: Moderator = pkgutil.resolve_name(name)
    return moderator
