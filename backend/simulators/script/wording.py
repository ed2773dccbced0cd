"""The grammar of a turn's words: plain text, and those slots only that stand for something here."""

import re

from backend.simulators.script.actions import SPELLED, TELLING
from backend.simulators.script.base import Plan

#: Characters and slots within which a needed slot comes up.
SOON = 60

_PLAIN = r"[^@#|~+=<>{}\[\]\\\n]"


def wording(plan: Plan, needed: str | None = None) -> str:
    """A regular expression of the words of a plan; with `needed`, that slot comes up, and soon."""
    slots = [*plan.films, *_facts(plan)]
    one = f"({'|'.join([_PLAIN, *map(re.escape, slots)])})"
    return f"{one}{{0,{SOON}}} {needed}([ .,!?]{one}*)?" if needed else f"{one}+"


def needed(plan: Plan) -> str | None:
    """The slot without which a plan that tells a wish does not tell it."""
    told = [a for act in plan.acts if act.kind in TELLING for a in act.attributes]
    if not told:
        return None
    if told[0].name not in SPELLED:
        return "@person"
    return "@genres?" if told[0].name == "genre" else "@decade"


def _facts(plan: Plan) -> list[str]:
    """Slots of facts that can be filled."""
    found = ["@person"] if plan.people else []
    if plan.at_hand:
        found += ["@year"] if plan.at_hand.year else []
        found += ["@actor"] if plan.at_hand.values.get("cast") else []
        found += ["@director"] if plan.at_hand.values.get("director") else []
    names = {attribute.name for attribute in plan.said}
    found += ["@genre", "@genres"] if "genre" in names else []
    found += ["@decade"] if "decade" in names else []
    return found


def joined(parts: list[str]) -> str:
    """Parts of a turn as one text, each but the last closed by a mark.

    >>> joined(["not for me", "I like @genres."])
    'not for me. I like @genres.'
    """
    closed = [part if part[-1:] in ".!?…" else f"{part}." for part in parts[:-1]]
    return " ".join([*closed, *parts[-1:]])
