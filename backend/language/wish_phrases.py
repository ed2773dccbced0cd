"""Attributes in words: 'a scary movie from the 90s', 'horror movies', 'animated'."""

import random
from collections import defaultdict
from collections.abc import Sequence

from backend.dialogue import Attribute
from backend.language.genres import genre_words


def phrase(attributes: Sequence[Attribute], rng: random.Random, noun: str = "movie") -> str:
    """A wish in words: genre and decade first, people after: 'a scary movie from the 90s'.

    The same attributes in other words each time; an empty wish is 'a good movie'.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    for attribute in attributes:
        by_name[attribute.name].append(attribute.value)
    parts = [_genre_phrase(by_name["genre"], rng, noun)]
    if by_name["decade"]:
        parts.append(decade_phrase(by_name["decade"][0], rng))
    if by_name["cast"]:
        with_ = rng.choice(("with {}", "with {} in it", "starring {}"))
        parts.append(with_.format(" and ".join(by_name["cast"])))
    if by_name["director"]:
        by = rng.choice(("by {}", "directed by {}"))
        parts.append(by.format(" and ".join(by_name["director"])))
    return " ".join(parts)


def plural(attribute: Attribute) -> str:
    """What one likes, fit after 'I like': 'horror movies', 'Al Pacino', '90s movies'."""
    if attribute.name == "genre":
        lot = genre_words(attribute.value)[1]
        return lot if lot.endswith(("s", "noir")) else f"{lot} movies"
    if attribute.name == "decade":
        return f"{_short_decade(attribute.value)} movies"
    return attribute.value


def decade_phrase(decade: str, rng: random.Random) -> str:
    """'from the 90s', or with the century spelled out."""
    return f"from the {rng.choice((_short_decade(decade), decade))}"


def with_article(text: str) -> str:
    """The text after 'a' or 'an', by its first letter."""
    return f"{'an' if text[:1].lower() in 'aeiou' else 'a'} {text}"


def _genre_phrase(genres: Sequence[str], rng: random.Random, noun: str) -> str:
    if not genres:
        return rng.choice((f"a good {noun}", "something good", f"a {noun}"))
    *others, last = [genre_words(genre) for genre in genres]
    adjectives = [spoken[2] for spoken in others]
    if not all(adjectives):
        return with_article(f"{' and '.join(genres)} {noun}")
    named = with_article(" ".join(filter(None, (" and ".join(adjectives), last[0]))))
    if not last[2]:
        return named
    return rng.choice((named, named, f"something {' and '.join([*adjectives, last[2]])}"))


def named(attribute: Attribute, before_noun: bool) -> str:
    """A genre or decade by name: 'animated' before 'movie', 'animation' alone; '90s'."""
    if attribute.name == "decade":
        return _short_decade(attribute.value)
    one, lot = genre_words(attribute.value)[:2]
    if before_noun:
        return one.removesuffix(" movie")
    return lot if one.endswith(" movie") else one


def _short_decade(decade: str) -> str:
    return decade[2:] if decade.startswith("19") else decade
