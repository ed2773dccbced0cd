"""The interface of metrics: a score for each dialogue or turn, or the reason why it is missing."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Role, Score
from backend.metrics.encoder import Encoder


class Missing(str):
    """Why a value can't be computed."""

    __slots__ = ()


class Unanswered(Missing):
    """Why a value is not there yet: the next run tries again, so nothing is stored."""

    __slots__ = ()


#: What one measurement comes to.
Value = float | Missing


@dataclass(frozen=True)
class Tools:
    """What metrics may need beside the dialogues. Models are loaded when they are used first.

    `encoder` names a sentence encoder by folder or name; None is the packaged one.
    """

    catalogue: Catalogue = field(default_factory=Catalogue.load)
    encoder: str | None = None
    #: An engine by name with its settings, for metrics that ask a language model.
    engine: str | None = None
    engine_settings: Mapping[str, object] = field(default_factory=dict)
    #: A file of questions with anchored answers, for the rubric judge.
    questions: str | None = None

    def encode(self) -> Encoder:
        """The encoder. Raises `EncoderError`."""
        return Encoder.named(self.encoder)


class Metric(ABC):
    """Base of the metrics. One makes scores of one or several names, all of one version.

    `version` changes whenever values would; what was scored by another version is scored again.
    """

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    #: One line for people who choose among metrics.
    about: ClassVar[str]
    #: Whether it knows the items of the catalogue alone, which are films.
    films_only: ClassVar[bool] = False
    #: Whether it asks a language model, and so is no part of `all` unless one is named.
    asks: ClassVar[bool] = False

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        #: Dialogues that stay open, by id, with the reason of one missing answer.
        self.unanswered: dict[str, str] = {}

    @property
    def made_by(self) -> str:
        """The version as scores carry it, with the metric and whatever else decides values."""
        return f"{self.name} {self.version}"

    def prepare(self, dialogues: Iterable[Dialogue]) -> None:
        """See all the dialogues that will be scored, for metrics that need to."""
        del dialogues  # most do not

    def score(self, dialogues: Sequence[Dialogue]) -> Iterator[Score]:
        """At least one score, of a value or missing, for each of some dialogues."""
        for dialogue in dialogues:
            values = self.of(dialogue)
            why = outside(dialogue, self.tools.catalogue) if self.films_only else None
            for name, value in values.items():
                yield self.found(dialogue, name, why or value)

    @abstractmethod
    def of(self, dialogue: Dialogue) -> Mapping[str, Value]:
        """Score name -> value, of a whole dialogue."""

    def found(self, dialogue: Dialogue, name: str, value: Value, turn: int | None = None) -> Score:
        """A score as it is stored."""
        missing = isinstance(value, Missing)
        if isinstance(value, Unanswered):
            self.unanswered[dialogue.id] = str(value)
        return Score(
            dialogue=dialogue.id,
            metric=name,
            version=self.made_by,
            value=None if missing else float(value),
            missing=str(value) if missing else None,
            turn=turn,
        )


class Batched(Metric):
    """Base of the metrics that are quicker for many dialogues at once: they define `score`."""

    @abstractmethod
    def score(self, dialogues: Sequence[Dialogue]) -> Iterator[Score]:
        """At least one score, of a value or missing, for each of some dialogues."""

    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        """Score name -> value, of a whole dialogue."""
        scores = [one for one in self.score([dialogue]) if one.turn is None]
        return {s.metric: Missing(s.missing) if s.value is None else s.value for s in scores}


class Encoded(Batched):
    """Base of those that look at meaning: another encoder gives other values."""

    @property
    def made_by(self) -> str:
        """The version as scores carry it, with the encoder."""
        return f"{super().made_by} {self.tools.encode().name}"


def outside(dialogue: Dialogue, catalogue: Catalogue) -> Missing | None:
    """Why a metric of films has no value for a dialogue of something else; None for films.

    A dialogue is of something else if it names items or wishes for attributes, and none of them is
    one of the catalogue's.
    """
    scenario = dialogue.scenario
    items = {*(scenario.targets if scenario else ())}
    items |= {m.item for turn in dialogue.turns for m in turn.mentions if m.item}
    items |= {id_ for turn in dialogue.turns for act in turn.acts for id_ in act.items}
    wishes = scenario.brief.attributes if scenario else ()
    known = any(item in catalogue for item in items) or any(
        wish.name in catalogue.names for wish in wishes
    )
    if known or not (items or wishes):
        return None
    return Missing("the metric knows films alone, and no film is named or wished for here")


def said(dialogue: Dialogue, role: Role) -> list[str]:
    """The texts of one role's turns that hold any."""
    return [turn.text for turn in dialogue.turns_of(role) if turn.text.strip()]


def by_role(measured: Mapping[Role, Mapping[str, Value]]) -> dict[str, Value]:
    """Values of both roles under names that say which: `words/seeker`."""
    return {
        f"{name}/{role.value}": value
        for role, values in measured.items()
        for name, value in values.items()
    }
