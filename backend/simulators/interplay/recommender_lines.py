"""Template sentences of a recommender: the template of each act, and the values of its slots.

The templates are in `backend/language/wordings/recommender.yaml`.
"""

from collections.abc import Sequence

from backend.catalogue import Item
from backend.dialogue import Act, ActKind
from backend.language.wish_phrases import with_article
from backend.simulators.interplay.recommender_checks import facts_told

#: What the catalogue may know of a film, and what it never does, as templates have it.
FACTS = frozenset({"genre", "director", "cast", "decade"})
UNKNOWN = frozenset({"plot", "rating", "length", "where"})

#: Code of an act, and template, that says that no film is left to recommend.
NONE_LEFT = "none_left"


def line_of(act: Act, item: Item | None) -> tuple[str, dict[str, str]]:
    """The template that performs an act, and what fills it; "" where there is none."""
    if act.kind is ActKind.RECOMMEND and item:
        return "recommend", {"title": item.name}
    if act.kind is ActKind.INFORM and item:
        return _answer(item, act.code), _facts(item, act.code)
    if act.code == NONE_LEFT:
        return NONE_LEFT, {}
    if act.kind is ActKind.INFORM and not act.items:
        return "unknown_film", {}
    if act.kind is ActKind.ELICIT:
        return f"elicit_{act.code or 'genre'}", {}
    plain = {ActKind.GREET: "greet", ActKind.BYE: "bye", ActKind.ACKNOWLEDGE: "acknowledge"}
    return plain.get(act.kind, ""), {}


def _answer(item: Item, code: str | None) -> str:
    """The template that answers a question about an item."""
    if code is None:
        return "about"
    if code in FACTS and facts_told(item, code):
        return f"fact_{code}"
    return f"unknown_{code}" if code in UNKNOWN else "unknown_fact"


def _facts(item: Item, code: str | None) -> dict[str, str]:
    """What fills a template about an item: `known` is its genres, and who is in it or made it."""
    cast, directors = item.values.get("cast", ()), item.values.get("director", ())
    genres = _and(item.values.get("genre", ())[:3])
    kind = with_article(f"{genres} movie") if genres else "a movie"
    more = f" with {_and(cast[:2])}" if cast else f" by {_and(directors[:2])}" if directors else ""
    people = item.values.get(code or "", ())[:3]
    return {
        "title": item.title,
        "people": _and(people),
        "star": "stars" if len(people) == 1 else "star",
        "genres": kind,
        "year": str(item.year),
        "known": f"{kind}{more}",
    }


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
