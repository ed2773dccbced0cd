"""Data types of a dialogue: turns, acts, scenario, and who played each role."""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator


class Role(StrEnum):
    """Who speaks: the user side or the side that recommends."""

    SEEKER = "seeker"
    RECOMMENDER = "recommender"

    @property
    def other(self) -> "Role":
        """The opposite role."""
        return Role.RECOMMENDER if self is Role.SEEKER else Role.SEEKER


class Origin(StrEnum):
    """The kind of agent in a role. `authored` marks turns that were written for the demo."""

    HUMAN = "human"
    SIMULATED = "simulated"
    AUTHORED = "authored"


class ActKind(StrEnum):
    """What a turn does. The inventory is IARD's (Cai and Chen, UMAP 2020), with fewer leaves."""

    GREET = "greet"
    REQUEST = "request"  # asks for a (further, different) recommendation
    DISCLOSE = "disclose"  # tells a preference, unasked or as an answer
    INQUIRE = "inquire"  # asks about an item, or for the other's opinion
    SEEN = "seen"  # knows the item already
    ACCEPT = "accept"
    REJECT = "reject"
    CRITIQUE = "critique"  # wants the recommendation changed in a named way
    REACT = "react"  # responds to a recommendation without judging it
    ELICIT = "elicit"  # asks for a preference
    RECOMMEND = "recommend"
    EXPLAIN = "explain"  # says why an item is recommended, or describes it
    INFORM = "inform"  # answers a question about an item
    ACKNOWLEDGE = "acknowledge"  # responds to the last turn and adds nothing
    CHAT = "chat"
    BYE = "bye"


#: IARD sub-intent and sub-action codes to act kinds, by role (Cai and Chen, UMAP 2020, tables 2-3).
#: RESP is how the released file writes RES. CRI-F, CRI-A and CRI-C are all critiques.
IARD_ACTS: dict[Role, dict[str, ActKind]] = {
    Role.SEEKER: {
        "IQU": ActKind.REQUEST,
        "CON": ActKind.REQUEST,
        "REF": ActKind.REQUEST,
        "STO": ActKind.REQUEST,
        "PRO": ActKind.DISCLOSE,
        "ANS": ActKind.DISCLOSE,
        "ASK": ActKind.INQUIRE,
        "INQ": ActKind.INQUIRE,
        "SEE": ActKind.SEEN,
        "ACC": ActKind.ACCEPT,
        "REJ": ActKind.REJECT,
        "CRI-F": ActKind.CRITIQUE,
        "CRI-A": ActKind.CRITIQUE,
        "CRI-C": ActKind.CRITIQUE,
        "NRE": ActKind.REACT,
        "OTH": ActKind.CHAT,
    },
    Role.RECOMMENDER: {
        "REQ": ActKind.ELICIT,
        "CLA": ActKind.ELICIT,
        "RES": ActKind.ACKNOWLEDGE,
        "RESP": ActKind.ACKNOWLEDGE,
        "ANS": ActKind.INFORM,
        "REC-S": ActKind.RECOMMEND,
        "REC-E": ActKind.RECOMMEND,
        "EXP-I": ActKind.EXPLAIN,
        "EXP-P": ActKind.EXPLAIN,
        "EXP-S": ActKind.EXPLAIN,
        "OTH": ActKind.CHAT,
    },
}


class Fact(BaseModel):
    """Base of everything here: immutable, and an unknown field is an error, not a shrug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribute(Fact):
    """A named fact about an item, or a wish for one: `genre: horror`."""

    name: str = Field(min_length=1)
    value: str = Field(min_length=1)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class Mention(Fact):
    """An item named in a turn. `item` is a catalogue id where the item is known there."""

    title: str = Field(min_length=1)
    item: str | None = None


class Act(Fact):
    """One thing a turn does, and to what.

    `code` keeps the source's own label (an IARD code, a DialogueKit intent) beside our kind.
    """

    kind: ActKind
    items: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    code: str | None = None


class Turn(Fact):
    """One message by one role. `time` is in seconds since the dialogue began."""

    role: Role
    text: str
    acts: tuple[Act, ...] = ()
    mentions: tuple[Mention, ...] = ()
    time: float | None = Field(default=None, ge=0)

    def does(self, *kinds: ActKind) -> bool:
        """Whether any of the turn's acts is one of `kinds`."""
        return any(act.kind in kinds for act in self.acts)


def speaks_next(turns: Sequence[Turn], opens: Role = Role.SEEKER) -> Role:
    """Whose turn it is: of the other one than spoke last, or of who `opens` the dialogue.

    >>> speaks_next([Turn(role=Role.SEEKER, text="hi")]).value
    'recommender'
    """
    return turns[-1].role.other if turns else opens


def merged(turns: Iterable[Turn]) -> list[Turn]:
    """Turns with several in a row by one side joined into one; empty ones are left out."""
    joined: list[Turn] = []
    for turn in turns:
        if not turn.text.strip():
            continue
        if joined and joined[-1].role is turn.role:
            last = joined[-1]
            joined[-1] = last.model_copy(
                update={
                    "text": f"{last.text} {turn.text}",
                    "acts": (*last.acts, *turn.acts),
                    "mentions": (*last.mentions, *turn.mentions),
                }
            )
        else:
            joined.append(turn)
    return joined


class Brief(Fact):
    """The part of a wish that a reference-free seeker may know. It holds no target item.

    `likes` are ids of items that the seeker knows and likes, which it may name as examples.
    """

    summary: str
    attributes: tuple[Attribute, ...] = ()
    likes: tuple[str, ...] = ()


class Scenario(Fact):
    """What a seeker wants. `targets` are hidden item ids; agents receive only `brief`."""

    brief: Brief
    targets: tuple[str, ...] = ()


class System(Fact):
    """A named, fully specified agent: the unit that is compared."""

    name: str = Field(min_length=1)
    simulator: str = Field(min_length=1)
    model: str | None = None
    decoding: dict[str, JsonValue] = Field(default_factory=dict)
    controls: dict[str, JsonValue] = Field(default_factory=dict)


class Player(Fact):
    """The agent that played one role. `person` is a pseudonym that came with the source."""

    origin: Origin
    system: System | None = None
    person: str | None = None

    @model_validator(mode="after")
    def _a_simulated_player_names_its_system(self) -> Self:
        if (self.origin is Origin.SIMULATED) != (self.system is not None):
            raise ValueError(
                "a simulated player names its system, and only a simulated one has a system; "
                f"got origin {self.origin.value!r} with system {self.system and self.system.name!r}"
            )
        return self


class Provenance(Fact):
    """Where a dialogue comes from. (corpus, source_id) is unique in a pool."""

    corpus: str = Field(min_length=1)
    source_id: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    seed: int | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    notes: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def dialogue(self) -> str:
        """The dialogue's id, opaque and stable: 16 hex digits of SHA-256 over (corpus, source_id).

        Opaque because source ids name systems, and ids may reach a rater's browser.
        """
        key = f"{self.corpus}\x00{self.source_id}"
        return hashlib.sha256(key.encode()).hexdigest()[:16]


class Dialogue(Fact):
    """Turns, who played each role, the scenario where one is known, and provenance."""

    turns: tuple[Turn, ...]
    seeker: Player
    recommender: Player
    provenance: Provenance
    scenario: Scenario | None = None

    @property
    def id(self) -> str:
        """An opaque, stable id, computed from the provenance."""
        return self.provenance.dialogue

    def player(self, role: Role) -> Player:
        """Who played `role`."""
        return self.seeker if role is Role.SEEKER else self.recommender

    def turns_of(self, role: Role) -> list[Turn]:
        """The turns of one role, in order."""
        return [turn for turn in self.turns if turn.role is role]

    def words_of(self, role: Role) -> int:
        """Whitespace-separated words spoken by one role."""
        return sum(len(turn.text.split()) for turn in self.turns_of(role))


class Label(Fact):
    """A human label that came with a corpus: raw (`rater` given) or aggregated (`rater` absent).

    `turn` is an index into the dialogue's turns, absent for a label of the whole dialogue.
    `low` and `high` bound the scale. Labels are never pooled with this app's own judgments.
    """

    dialogue: str
    question: str = Field(min_length=1)
    value: float | str
    turn: int | None = Field(default=None, ge=0)
    rater: str | None = None
    low: float | None = None
    high: float | None = None


class Score(Fact):
    """One automatic metric's value for a turn or a dialogue, or the reason why there is none."""

    dialogue: str
    metric: str = Field(min_length=1)
    version: str = Field(min_length=1)
    value: float | None = None
    missing: str | None = None
    turn: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _a_value_or_a_reason(self) -> Self:
        if (self.value is None) == (self.missing is None):
            raise ValueError("a score has either a value or a reason why it is missing")
        return self
