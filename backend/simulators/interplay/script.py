"""The script: the text format in which a role's model reads a dialogue and writes its turns.

Each role has its own view of a dialogue, as chat messages:

    system     the kind of person, and the wish (seeker):
                   You are chatting to find a film. You want: horror, 1990s. Mood: cheerful.
    user       what the other side said, and a note on it:
                   Have you seen Scream (1996)?
                   (Scream: horror, mystery; fits; famous)
    assistant  the action it commits to, and the words that perform it:
                   inquire Scream about cast
                   Not yet. Who is in it?

The note of a seeker says what each film named is and whether it meets the wish. The note of a
recommender says what the seeker has been understood to want. A recommender's action goes on with
the facts of the films that were looked up for it, so that they lie before it when it finds the
words: `recommend horror, 1990s = Scream (1996): horror; by Wes Craven; with Neve Campbell`.

Reference: Interplay (arXiv 2603.18573) commits to an action before each utterance. It publishes no
schema; this one is the project's own.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import override

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Brief, Role, Turn, merged
from backend.engines import Message
from backend.language.act_reader import read
from backend.language.films import films_in
from backend.language.preferences import Preferences
from backend.simulators.interplay.actions import WITH_CODE, Step, named_wish, written
from backend.simulators.people import Person

#: Characters of a heard message that the model reads.
MAX_HEARD_CHARACTERS = 400

#: Films that one action, note or header names at most.
MAX_FILMS = 3

#: Wishes that one action or note names at most.
MAX_WISHES = 4

#: Share of less popular films from which on a film counts as widely known.
FAMOUS_FROM = 0.93

#: The user message where this side begins or goes on by itself.
SILENCE = "(You write first.)"

#: The system message of a transcript without wish, notes and actions.
PLAIN_HEADERS = {
    Role.SEEKER: "You are chatting to find a film.",
    Role.RECOMMENDER: "You recommend films in a chat.",
}

#: Session variables as the header has them.
LABELS = {
    "mood": "Mood",
    "verbosity": "Messages",
    "formality": "Style",
    "knowledge": "Knowledge of films",
    "strictness": "Choosy",
    "leaning": "Favourite genre",
}

_TEMPLATE_MARKS = re.compile(r"<\|[^|>]{0,40}\|?>?|\|>")
_ENDLESS = re.compile(r"(\S)\1{3,}")
_LINK = re.compile(r"\S*(?:https?:|www\.)\S*")


@dataclass(frozen=True)
class ScriptEntry:
    """One message in parts, each with whether a model is taught it."""

    speaker: Literal["system", "user", "assistant"]
    parts: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """The whole message."""
        return "".join(text for text, _ in self.parts)


@dataclass(frozen=True)
class TurnPlan:
    """A turn that has been committed to and not yet worded.

    `films` are the items it is about, the new ones first; `begun` is how the reply begins: the
    action, the facts, and a new line.
    """

    acts: tuple[Act, ...]
    films: tuple[Item, ...]
    begun: str


@dataclass
class Script(ABC):
    """A dialogue as one role's model has it. Feed it turns in order, then ask for `messages`.

    `plain` leaves out wishes, notes and actions: a transcript of words alone.
    """

    catalogue: Catalogue
    controls: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False
    #: The seed of the dialogue.
    seed: int = 0
    entries: list[ScriptEntry] = field(default_factory=list)
    #: Films the last turn that named any named, and all films named so far by who named them first.
    heard_films: list[str] = field(default_factory=list)
    named: dict[str, Role] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    #: Films that the last heard turn names.
    last_films: list[str] = field(default_factory=list)

    role: Role = field(init=False)

    def __post_init__(self) -> None:
        header = PLAIN_HEADERS[self.role] if self.plain else self.header()
        self.entries.append(ScriptEntry("system", ((header, False),)))

    @property
    def messages(self) -> tuple[Message, ...]:
        """The dialogue so far, ending with a message of the user: what the next turn answers."""
        self._wait_for_my_turn()
        return tuple(Message(speaker=e.speaker, text=e.text) for e in self.entries)

    @property
    def last_heard(self) -> str:
        """What the other side said last; "" if it has said nothing."""
        return next((t.text for t in reversed(self.turns) if t.role is not self.role), "")

    def read(self, turns: Iterable[Turn]) -> "Script":
        """Take in turns; several in a row by one side count as one."""
        for turn in merged(turns):
            if turn.role is self.role:
                self.tell(turn)
            else:
                self.hear(turn)
        return self

    def hear(self, turn: Turn) -> None:
        """Take in what the other side said."""
        films = self.last_films = self._films_of(turn)
        self.turns.append(turn)
        text = heard(turn.text)
        note = "" if self.plain else self.note(turn, films)
        if films:
            self.heard_films = films[:MAX_FILMS]
        self.entries.append(ScriptEntry("user", ((f"{text}\n({note})" if note else text, False),)))
        self._remember(films, turn.role)

    def tell(self, turn: Turn) -> None:
        """Take in what this side said: its action, the facts it had, and its words."""
        self._wait_for_my_turn()
        films = self._films_of(turn)
        acts = turn.acts or read(turn, self.catalogue, self.turns)
        plan = self.plan(acts)
        self.turns.append(turn)
        words = " ".join(_LINK.sub(" ", turn.text).split())
        parts: tuple[tuple[str, bool], ...] = ((words, True),)
        if not self.plain:
            action = self.written(acts)
            parts = ((action, True), (plan.begun[len(action) :], False), (words, True))
        self.entries.append(ScriptEntry("assistant", parts))
        self._remember([*films, *(item.id for item in plan.films)], turn.role)
        if self.role is Role.RECOMMENDER and plan.films:
            self.heard_films = [item.id for item in plan.films][:MAX_FILMS]

    def plan(self, acts: Sequence[Act]) -> TurnPlan:
        """What a turn with these acts comes to."""
        ids = dict.fromkeys(
            self.catalogue.get(id_).id
            for act in acts
            for id_ in act.items[:MAX_FILMS]
            if id_ in self.catalogue
        )
        films = tuple(self.catalogue.get(id_) for id_ in ids)
        return TurnPlan(tuple(acts), films, f"{self.written(acts)}{self.facts(films)}\n")

    def written(self, acts: Sequence[Act]) -> str:
        """Acts as the script has them; small talk where there are none."""
        new = {i for act in acts if act.kind is ActKind.RECOMMEND for i in act.items}
        steps = [self._step(act, new) for act in acts]
        return written(steps or [Step(ActKind.CHAT)])

    def name(self, id_: str) -> str:
        """A film as actions and notes name it: its title, with the year if another has that title.

        Raises KeyError if the catalogue has no such film.
        """
        item = self.catalogue.get(id_)
        same = (i for i in {*self.named, *self.heard_films} if i != item.id and i in self.catalogue)
        if any(self.catalogue.get(other).title == item.title for other in same):
            return item.name
        return item.title

    # What the roles differ in.

    @abstractmethod
    def header(self) -> str:
        """The system message: the kind of person, and the wish if this role has one."""

    @abstractmethod
    def note(self, turn: Turn, films: Sequence[str]) -> str:
        """What this side makes of a turn it heard, which names these films; "" for nothing."""

    @abstractmethod
    def facts(self, films: Sequence[Item]) -> str:
        """Facts of the films an action is about, as the action goes on with them."""

    def style(self) -> str:
        """The session variables, as the header has them."""
        return "".join(f" {LABELS[k]}: {v}." for k, v in sorted(self.controls.items()))

    def _step(self, act: Act, new: Set[str]) -> Step:
        """An act as the script can write it; what explains a `new` film need not name it."""
        if act.kind is ActKind.EXPLAIN and set(act.items) <= new:
            return Step(act.kind)
        known = [self.catalogue.get(i).id for i in act.items if i in self.catalogue]
        names = tuple(self.name(id_) for id_ in dict.fromkeys(known))[:MAX_FILMS]
        wishes = tuple(
            dict.fromkeys(
                named_wish(a, wanted=act.kind is not ActKind.REJECT) for a in act.attributes
            )
        )[:MAX_WISHES]
        code = act.code if act.kind in WITH_CODE else None
        if act.kind is ActKind.RECOMMEND:
            return Step(act.kind, (), wishes, None, max(1, len(names)))
        return Step(act.kind, names, wishes, code)

    def _wait_for_my_turn(self) -> None:
        if self.entries[-1].speaker != "user":
            self.entries.append(ScriptEntry("user", ((SILENCE, False),)))

    def _films_of(self, turn: Turn) -> list[str]:
        found = (film.item for film in films_in(turn, self.catalogue))
        return list(dict.fromkeys(item for item in found if item and item in self.catalogue))

    def _remember(self, films: Iterable[str], role: Role) -> None:
        for film in films:
            self.named.setdefault(film, role)


@dataclass
class SeekerScript(Script):
    """A dialogue as the seeker's model has it."""

    brief: Brief = field(default_factory=lambda: Brief(summary=""))
    #: Whom of the training people it behaves like; None if it is nobody's double.
    person: Person | None = None

    role = Role.SEEKER

    @override
    def header(self) -> str:
        wishes = ", ".join(dict.fromkeys(named_wish(a) for a in self.brief.attributes))
        likes = [self.catalogue.get(i).title for i in self.brief.likes if i in self.catalogue]
        wanted = f" You want: {wishes}." if wishes else ""
        liked = f" You like: {', '.join(likes[:MAX_FILMS])}." if likes else ""
        return f"{PLAIN_HEADERS[self.role]}{wanted}{liked}{self.style()}"

    @override
    def note(self, turn: Turn, films: Sequence[str]) -> str:
        return " | ".join(f"{self.name(id_)}: {self._verdict(id_)}" for id_ in films[:MAX_FILMS])

    @override
    def facts(self, films: Sequence[Item]) -> str:
        return ""

    def meets(self, id_: str) -> float:
        """Share of the wishes that a film meets, as far as the catalogue knows it; 1 of none."""
        wishes = self.brief.attributes
        if not wishes:
            return 1.0
        if id_ not in self.catalogue:
            return 0.0
        item = self.catalogue.get(id_)
        return sum(item.has(attribute) for attribute in wishes) / len(wishes)

    def unsaid_likes(self) -> list[str]:
        """Films the brief says are liked, and nobody has named yet."""
        known = (i for i in self.brief.likes if i in self.catalogue)
        return [id_ for id_ in known if self.catalogue.get(id_).id not in self.named]

    def _verdict(self, id_: str) -> str:
        item = self.catalogue.get(id_)
        genres = ", ".join(item.values.get("genre", ())[:2]) or "unknown genre"
        missing = [a for a in self.brief.attributes if not item.has(a)]
        fit = "fits" if self.meets(id_) >= 1 else f"not {', '.join(map(named_wish, missing))}"
        marks = [genres, *([fit] if self.brief.attributes else [])]
        if item.id in self.brief.likes:
            marks.append("liked")
        elif self.catalogue.familiarity(item) >= FAMOUS_FROM:
            marks.append("famous")
        return "; ".join(marks)


@dataclass
class RecommenderScript(Script):
    """A dialogue as the recommender's model has it: the words, and what it understood of them."""

    noted: str = ""
    #: What was understood after so many turns, so that it is not read anew for each wording.
    understood: tuple[int, Preferences] | None = None

    role = Role.RECOMMENDER

    @override
    def header(self) -> str:
        return f"{PLAIN_HEADERS[self.role]}{self.style()}"

    @override
    def note(self, turn: Turn, films: Sequence[str]) -> str:
        """What the seeker wants so far, where that has changed."""
        wants = self.preferences
        liked = [self.catalogue.get(i).title for i in wants.liked if i in self.catalogue]
        parts = [
            ("wants", [named_wish(a) for a in wants.wanted]),
            ("not", [named_wish(a) for a in wants.unwanted]),
            ("likes", liked),
        ]
        told = "; ".join(f"{k} {', '.join(v[-MAX_WISHES:])}" for k, v in parts if v)
        note, self.noted = ("" if told == self.noted else told), told
        return note

    @override
    def facts(self, films: Sequence[Item]) -> str:
        if not films:
            return ""
        return f" = {' | '.join(map(_facts, films[:MAX_FILMS]))}"

    @property
    def preferences(self) -> Preferences:
        """What the seeker wants, read from the words alone: its acts are its own business."""
        if self.understood is None or self.understood[0] != len(self.turns):
            heard_only = [
                turn if turn.role is self.role else turn.model_copy(update={"acts": ()})
                for turn in self.turns
            ]
            self.understood = len(self.turns), Preferences.of(heard_only, self.catalogue)
        return self.understood[1]


def _facts(item: Item) -> str:
    """A film and its facts: `Scream (1996): horror, mystery; by Wes Craven; with Neve Campbell`."""
    facts = [", ".join(item.values.get("genre", ())[:3])]
    facts += [f"by {', '.join(v[:2])}" for v in [item.values.get("director")] if v]
    facts += [f"with {', '.join(v[:3])}" for v in [item.values.get("cast")] if v]
    told = "; ".join(filter(None, facts))
    return f"{item.name}: {told}" if told else item.name


def heard(text: str) -> str:
    """What is read of a message: no marks of a chat template, no endless letters, not without end.

    >>> heard("<|im_end|> looooooool")
    'loool'
    """
    plain = _ENDLESS.sub(r"\1\1\1", _TEMPLATE_MARKS.sub(" ", _LINK.sub(" ", text)))
    return " ".join(plain[:MAX_HEARD_CHARACTERS].split())
