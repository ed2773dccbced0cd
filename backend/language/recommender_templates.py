"""Template sentences of the critiquing recommender, with facts only from the catalogue."""

import random
from collections.abc import Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Mention, Role, Turn
from backend.language.wish_phrases import phrase, with_article
from backend.language.wordings import fill, recommender_lines


class Speaker:
    """Collects the lines, acts and mentions of one turn, avoiding lines said before."""

    def __init__(self, catalogue: Catalogue, rng: random.Random, turns: Sequence[Turn]) -> None:
        self._catalogue, self._rng = catalogue, rng
        self._said = [turn.text for turn in turns if turn.role is Role.RECOMMENDER]
        self._lines: list[str] = []
        self._acts: list[Act] = []
        self._mentions: list[Mention] = []

    def turn(self) -> Turn:
        """The turn as said so far."""
        return Turn(
            role=Role.RECOMMENDER,
            text=" ".join(self._lines),
            acts=tuple(self._acts),
            mentions=tuple(dict.fromkeys(self._mentions)),
        )

    def line(self, wording: str, kind: ActKind, *, code: str | None = None) -> None:
        """A line without slots."""
        self._say(wording)
        self._acts.append(Act(kind=kind, code=code))

    def judge(self, item: Item) -> None:
        """Ask what the seeker thinks of an item recommended before."""
        self._say("judge", title=item.name)
        self._acts.append(Act(kind=ActKind.ELICIT, items=(item.id,)))
        self._mentions.append(item.mention())

    def relaxed(self, wanted: Sequence[Attribute], given_up: Sequence[Attribute]) -> None:
        """Say that nothing meets all that is wanted; the act holds what was given up for it."""
        self._say("relaxed", wish=phrase(wanted, self._rng))
        self._acts.append(Act(kind=ActKind.ACKNOWLEDGE, attributes=tuple(given_up)))

    def recommend(self, item: Item, liked: Sequence[Item], wanted: Sequence[Attribute]) -> None:
        """Recommend an item and give one or two facts about it, the wished-for ones first."""
        wording = "recommend_similar" if liked else "recommend"
        self._say(wording, title=item.name, liked=liked[-1].title if liked else "")
        self._acts.append(Act(kind=ActKind.RECOMMEND, items=(item.id,)))
        self._mentions += [item.mention(), *(other.mention() for other in liked)]
        met = list(dict.fromkeys(a.name for a in wanted if item.has(a)))
        names = [*met, *(n for n in ("genre", "director", "cast") if n not in met)]
        told = [name for name in names if item.values.get(name)][: self._rng.choice((0, 1, 1, 2))]
        facts = [fact for name in told for fact in self._tell(item, name)]
        if facts:
            self._acts.append(Act(kind=ActKind.EXPLAIN, items=(item.id,), attributes=tuple(facts)))

    def fact(self, item: Item, about: str | None) -> None:
        """Answer a question about an item, or say that the catalogue does not know."""
        name = about or "genre"
        facts = self._tell(item, name) if item.values.get(name) else []
        if not facts:
            self._say("unknown_fact", title=item.title)
        self._acts.append(Act(kind=ActKind.INFORM, items=(item.id,), attributes=tuple(facts)))
        self._mentions += [] if facts else [item.mention()]

    def _tell(self, item: Item, name: str) -> list[Attribute]:
        """Say one fact; returns it as attributes."""
        values = item.values[name]
        people = _and(values)
        genres = with_article(f"{_and(values[:3])} movie") if name == "genre" else ""
        self._say(
            f"fact_{name}",
            people=people,
            genres=genres,
            year=str(item.year),
            star="stars" if len(values) == 1 else "star",
        )
        return [Attribute(name=name, value=value) for value in values]

    def _say(self, wording: str, **slots: str) -> None:
        line = fill(recommender_lines(wording), self._rng, [*self._said, *self._lines], **slots)
        self._lines.append(line)


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
