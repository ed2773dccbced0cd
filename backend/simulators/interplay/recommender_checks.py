"""Checks of a recommender's text: claims about films, answers to questions, words of an offer."""

import re
from collections.abc import Collection, Iterable, Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute
from backend.language.wishes import find_people
from backend.simulators.acts import SPELLED
from backend.simulators.interplay.checks import wishes_beside, without_titles
from backend.simulators.interplay.script import TurnPlan

#: What a recommender says of a film that no fact of the catalogue bears out or denies.
_MADE_UP = re.compile(
    r"\b(?:it'?s|it is|that'?s) (?:a (?:story|movie|film) )?about\b|"
    r"(?:\bmovie|\bfilm|\)) (?:is )?about\b|\babout (?:a|an|the|two|some|his|her)\b|\bsequel|"
    r"\bprequel|\bremake|\bbased on\b|\btrue story\b|\boscar|\baward|\bwon\b|\bnetflix\b|"
    r"\bplays? (?:a|an|the)\b|\bin theat|\bcame out (?:last|this|recently)|\bbook\b"
)

#: A second sentence on what a film is, after the answer.
_SAYS_MORE = re.compile(r"[.!] (?:it'?s|it is|it has|it was|that'?s|that is) (?:a|an|the)\b")

#: What no recommendation says of the film it is about.
_NO_TIP = re.compile(
    r"\b(?:i|we)(?: have|'ve)? (?:have ?n[o']?t|haven'?t|have never|never|didn'?t|did not)\b|"
    r"\bi (?:don'?t|do not) (?:really |even )?(?:like|enjoy|care)\b|"
    r"\bi(?:'ve| have) (?:also |just )?seen\b(?!.*\b(?:great|good|lov\w+|enjoy\w*|amazing|"
    r"funny|scary|recommend|like\w*|best|favou?rite|excellent|fantastic)\b)|\bnot a fan\b"
)


def false_claim(
    text: str,
    named: Sequence[Item],
    plan: TurnPlan,
    asked: Collection[Attribute],
    catalogue: Catalogue,
) -> str | None:
    """What a recommender's text says of a film that the catalogue does not bear out, or None.

    `asked` are the seeker's own wishes, which may be repeated in a turn that asks or reacts.
    """
    items = [*named, *(item for item in plan.films if item not in named)]
    people = {v for i in items for n in ("cast", "director") for v in i.values.get(n, ())}
    people |= {attribute.value for attribute in asked if attribute.name not in SPELLED}
    for _, _, person in find_people(text, catalogue):
        if person not in people:
            return f"names {person}, who has no part in it"
    bare = without_titles(text, named)
    if made_up := _MADE_UP.search(bare.lower().replace("’", "'")):
        return f"says what no catalogue knows: {made_up[0]!r}"
    claims = [
        w.attribute for w in wishes_beside(text, named, catalogue) if w.attribute.name in SPELLED
    ]
    telling = {ActKind.RECOMMEND, ActKind.EXPLAIN, ActKind.INFORM}
    tells = any(act.kind in telling for act in plan.acts)
    for claim in claims:
        if tells and items and not any(item.has(claim) for item in items):
            return f"says {claim} of {items[0].name}"
        if tells and not items and claim not in asked:
            return f"says {claim} of no film"
    return None


def no_recommendation(text: str, acts: Iterable[Act]) -> str | None:
    """Why a text that is meant to recommend does not read like it, or None."""
    if all(act.kind is not ActKind.RECOMMEND for act in acts):
        return None
    plain = text.lower().replace("’", "'")
    if found := _NO_TIP.search(plain):
        return f"recommends and says {found[0]!r}"
    return "asks two things at once" if plain.count("?") > 1 else None


def unanswered(text: str, plan: TurnPlan) -> str | None:
    """How a recommender's text fails to answer what was asked, or None.

    What the catalogue knows has to be told. What it does not know is worded by a template
    (`is_unknown`).
    """
    for act in plan.acts:
        if act.kind is not ActKind.INFORM or not plan.films:
            continue
        item = next((i for i in plan.films if i.id in act.items), plan.films[0])
        values = facts_told(item, act.code or "")
        plain = text.casefold()
        if (values or not act.code) and _SAYS_MORE.search(plain.replace("’", "'")):
            return "says more of the film than is known"
        if values and not any(value.casefold() in plain for value in values):
            return f"does not tell the {act.code} of {item.name}"
    return None


def is_unknown(act: Act, films: Sequence[Item]) -> bool:
    """Whether an act answers a question whose answer the catalogue does not know."""
    about = [item for item in films if item.id in act.items]
    if act.kind is not ActKind.INFORM:
        return False
    return not act.items or (bool(about) and not facts_told(about[0], act.code or ""))


def facts_told(item: Item, code: str) -> tuple[str, ...]:
    """The values of which one answers a question; none where the catalogue does not know."""
    if code == "decade":
        return (str(item.year), *item.values.get("decade", ())) if item.year else ()
    return tuple(item.values.get(code, ()))
