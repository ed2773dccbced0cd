"""Scenarios drawn from a catalogue: hidden targets, and a wish without their titles."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from backend.catalogue import Catalogue, Item
from backend.catalogues.phrases import contains
from backend.dialogue import Attribute, Brief, Fact, Scenario
from backend.language.wish_phrases import phrase, plural

#: A person is wished for only if the catalogue has this many items with them.
KNOWN_FROM = 4

#: Probability that a wish names a decade, somebody in the cast, a director.
WISHED_FOR = {"decade": 0.35, "cast": 0.25, "director": 0.12}

_SUMMARIES = (
    "I'd like to watch {wish}.",
    "I'm in the mood for {wish} tonight.",
    "I've got a free evening and want {wish}.",
    "A friend is coming over and we'd enjoy {wish}.",
    "I usually like {like}, so I'm hoping to find {wish}.",
    "I can't decide what to watch, but it should be {wish}.",
    "After a long week I could do with {wish}.",
    "I keep rewatching the same films and would love {wish} for a change.",
    "{Like}: that's what I like best, so I'm after {wish}.",
    "We're planning a movie night and want {wish}.",
    "I haven't seen {wish} in ages and feel like one.",
    "I want to be surprised, as long as it's {wish}.",
)


#: Scenarios of the held-out dialogues: no shipped model was trained on these.
HELD_OUT = Path(__file__).parents[1] / "training" / "held_out.jsonl"

#: Probability that a drawn seeker has a film to name that it likes, and a second one.
LIKED = 0.5

#: Among how many films most similar to the target a liked one is.
SIMILAR = 30


class ScenarioError(Exception):
    """Scenarios can't be read; the message says where and why."""


def given(source: str) -> tuple[Scenario, ...]:
    """Scenarios by name (`held-out`) or file; none for `drawn`. Raises ScenarioError."""
    if source == "drawn":
        return ()
    path = HELD_OUT if source == "held-out" else Path(source)
    scenarios = tuple(_in_words(one) for one in read_list(path) if one.scenario)
    if not scenarios:
        raise ScenarioError(f"{path} holds no scenario")
    return scenarios


def _in_words(listed: "Listed") -> Scenario:
    """The scenario with a summary, where the list leaves that out: made from the attributes."""
    assert listed.scenario
    brief = listed.scenario.brief
    if brief.summary or not brief.attributes:
        return listed.scenario
    films = Catalogue.load()
    targets = [films.get(id_) for id_ in listed.scenario.targets if id_ in films]
    rng = random.Random(f"{listed.source}/summary")
    summary = summarise(brief.attributes, rng)
    while leaks(summary, targets):  # 'it' is a word of some summaries, and a film
        summary = summarise(brief.attributes, rng)
    return listed.scenario.model_copy(
        update={"brief": brief.model_copy(update={"summary": summary})}
    )


class Listed(Fact):
    """A line of a file of scenarios: where it comes from, and the scenario if there is one.

    `part` says, in the list of dialogues nothing is trained on, what they are for instead.
    """

    source: str = ""
    part: str = "held_out"
    scenario: Scenario | None = None


def read_list(path: Path) -> list[Listed]:
    """The lines of a file of scenarios. Raises ScenarioError naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"scenarios are `drawn`, `held-out`, or a file with one a line; {path}: {error}"
        ) from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found.append(Listed.model_validate_json(line))
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(map(str, wrong["loc"]))
            raise ScenarioError(f"{path}, line {number}: {where}: {wrong['msg']}") from error
    return found


def draw(catalogue: Catalogue, seed: int) -> Scenario:
    """One scenario; the same catalogue and seed give the same one.

    A target is drawn with probability in proportion to the square root of its popularity. Its
    attributes wished for: one or two genres, and a decade, cast or director with the
    probabilities of `WISHED_FOR`. Up to two more items with all of them are targets as well.
    The summary never holds a target's title or alias. Half the seekers like a film that is similar
    to the target and is none, a quarter two.
    """
    rng = random.Random(f"{seed}/scenario")
    items = [item for item in catalogue.by_popularity if item.values.get("genre")]
    weights = [(1 + item.popularity) ** 0.5 for item in items]
    while True:
        target = rng.choices(items, weights)[0]
        attributes = _wishes(target, catalogue.values, rng)
        others = [item for item in catalogue.matching(attributes) if item.id != target.id]
        targets = (target, *others[: rng.randint(0, 2)])
        summary = summarise(attributes, rng)
        if not leaks(summary, targets):
            likes = _likes(catalogue, target, targets, random.Random(f"{seed}/likes"))
            return Scenario(
                brief=Brief(summary=summary, attributes=attributes, likes=likes),
                targets=tuple(item.id for item in targets),
            )


def _likes(
    catalogue: Catalogue, target: Item, targets: Sequence[Item], rng: random.Random
) -> tuple[str, ...]:
    hidden = {item.id for item in targets}
    near = [item for item in catalogue.similar(target, SIMILAR) if item.id not in hidden]
    liked: list[str] = []
    while near and len(liked) < 2 and rng.random() < LIKED:
        item = rng.choices(near, [1 + other.popularity for other in near])[0]
        liked.append(item.id)
        near = [other for other in near if other.id != item.id]
    return tuple(liked)


def leaks(text: str, targets: Sequence[Item]) -> bool:
    """Whether a text holds the title or an alias of one of the items, in any case."""
    return any(contains(text, title) for item in targets for title in (item.title, *item.aliases))


def _wishes(
    target: Item, values: dict[str, Counter[str]], rng: random.Random
) -> tuple[Attribute, ...]:
    genres = list(target.values["genre"])
    wished = rng.sample(genres, min(len(genres), rng.choice((1, 1, 1, 2))))
    attributes = [Attribute(name="genre", value=genre) for genre in wished]
    for name, probability in WISHED_FOR.items():
        known = [v for v in target.values.get(name, ()) if values[name][v] >= KNOWN_FROM]
        if known and rng.random() < probability:
            attributes.append(Attribute(name=name, value=rng.choice(known)))
    return tuple(attributes)


def summarise(attributes: Sequence[Attribute], rng: random.Random) -> str:
    """A wish for these attributes in a sentence or two, as somebody would put it."""
    wished = [a for a in attributes if a.name in {"genre", "decade"}] or list(attributes)
    like = plural(rng.choice(wished))
    text = rng.choice(_SUMMARIES)
    return text.format(
        wish=phrase(attributes, rng, "film"), like=like, Like=like[:1].upper() + like[1:]
    )
