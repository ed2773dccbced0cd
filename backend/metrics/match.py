"""Match Score: the share of the wished-for attributes that the accepted film has.

Interplay (arXiv 2603.18573) asks how far the accepted item agrees with the seeker's preferences,
and leaves open whether people see it so. Two forms: the share of the wished attributes that the
film has, and the cosine of wish and film in an encoder's space.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from typing_extensions import override

from backend.catalogue import Item
from backend.dialogue import ActKind, Dialogue, Role, Score
from backend.metrics.base import Encoded, Metric, Missing, Value, outside
from backend.metrics.outcome import accepted, match_score


class MatchScore(Metric):
    """`match score` (attributes) and `attribute coverage`: wishes that the seeker ever told."""

    name: ClassVar[str] = "match"
    about: ClassVar[str] = "whether the film taken has what was wished for"
    films_only: ClassVar[bool] = True

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        if dialogue.scenario is None or not dialogue.scenario.brief.attributes:
            unknown = Missing("no wish is known")
            return {"match score": unknown, "attribute coverage": unknown}
        score = match_score(dialogue, self.tools.catalogue)
        wishes = set(dialogue.scenario.brief.attributes)
        told = {
            attribute
            for turn in dialogue.turns_of(Role.SEEKER)
            for act in turn.acts
            if act.kind is not ActKind.REJECT
            for attribute in act.attributes
        }
        acts = any(turn.acts for turn in dialogue.turns_of(Role.SEEKER))
        return {
            "match score": Missing("nothing was accepted") if score is None else score,
            "attribute coverage": (
                len(wishes & told) / len(wishes)
                if acts
                else Missing("the seeker's turns carry no acts")
            ),
        }


class EmbeddedMatch(Encoded):
    """`match score, embedded`: cosine of the brief's summary and the film's facts in a sentence."""

    name: ClassVar[str] = "embedded-match"
    about: ClassVar[str] = "the same by the meaning of wish and film"
    films_only: ClassVar[bool] = True

    @override
    def score(self, dialogues: Sequence[Dialogue]) -> Iterator[Score]:
        taken = {d.id: item for d in dialogues if (item := self._taken(d))}
        wishes = [d.scenario.brief.summary if d.scenario else "" for d in dialogues]
        films = [in_words(taken[d.id]) if d.id in taken else "" for d in dialogues]
        vectors = self.tools.encode().sentences([*wishes, *films])
        for at, dialogue in enumerate(dialogues):
            if not wishes[at]:
                value: Value = Missing("no wish is known")
            elif dialogue.id not in taken:
                value = Missing("nothing was accepted")
            else:
                value = float(vectors[at] @ vectors[len(dialogues) + at])
            value = outside(dialogue, self.tools.catalogue) or value
            yield self.found(dialogue, "match score, embedded", value)

    def _taken(self, dialogue: Dialogue) -> Item | None:
        found = accepted(dialogue, self.tools.catalogue)
        return self.tools.catalogue.get(found[-1]) if found else None


def in_words(item: Item) -> str:
    """A film's facts as a sentence for an encoder; its title is no fact about its kind."""
    genres = ", ".join(item.values.get("genre", ()))
    told = f"A {genres} movie" if genres else "A movie"
    told += f" of the {item.values['decade'][0]}" if item.values.get("decade") else ""
    for name, word in (("director", "directed by"), ("cast", "starring")):
        if people := item.values.get(name, ())[:3]:
            told += f", {word} {', '.join(people)}"
    return f"{told}."
