"""Films that a seeker says it likes: those of its brief, and more if people name more."""

import random
from collections.abc import Iterable, Mapping

from backend.catalogue import Catalogue
from backend.catalogues.naming import common_words
from backend.catalogues.phrases import fold, without_article
from backend.dialogue import Attribute, Brief
from backend.simulators.interplay.script import FAMOUS_FROM
from backend.simulators.profiles import LEANING

#: Films that somebody who knows many, or leans to a genre, brings up.
FILMS = 3


def liked(
    brief: Brief, session: Mapping[str, str], films: int, seed: int, catalogue: Catalogue
) -> Brief:
    """The brief with the films liked that this kind of person names, `films` of them if it can.

    A novice names none; an expert, or somebody with a leaning, `FILMS`. What the brief does not
    list is drawn by seed from widely known films of the leaning if there is one, else of the wish:
    by chance a hidden target, as anyone might. Of two films with one title the first is kept, and
    little-known ones with a title of everyday words ('Loved') are left out: nobody would know
    which film is meant.
    """
    if session.get("knowledge") == "novice":
        return brief.model_copy(update={"likes": ()})
    genre = session.get(LEANING)
    wished = [a for a in brief.attributes if a.name == "genre"][:1]
    sought = [Attribute(name="genre", value=genre)] if genre else wished
    known = [i.id for i in catalogue.matching(sought) if catalogue.familiarity(i) >= FAMOUS_FROM]
    kept = [i for i in _told_apart(brief.likes, catalogue) if not genre or i in known]
    fresh = [i for i in known if i not in kept]
    wanted = FILMS if names_films(session) else films
    more = min(len(fresh), max(0, wanted - len(kept)))
    added = random.Random(f"{seed}/likes").sample(fresh, more)
    return brief.model_copy(update={"likes": tuple(_told_apart([*kept, *added], catalogue))})


def _told_apart(ids: Iterable[str], catalogue: Catalogue) -> list[str]:
    """Those of these films that a title alone tells from others."""
    found: dict[tuple[str, ...], str] = {}
    for id_ in ids:
        if id_ not in catalogue:
            continue
        title = without_article(fold(catalogue.get(id_).title))
        is_famous = catalogue.familiarity(catalogue.get(id_)) >= FAMOUS_FROM
        if is_famous or not common_words().issuperset(title):
            found.setdefault(title, id_)
    return list(found.values())


def names_films(session: Mapping[str, str]) -> bool:
    """Whether somebody like this brings films up unasked."""
    return session.get("knowledge") == "expert" or LEANING in session
