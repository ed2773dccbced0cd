"""Input of the act reader: the sentences of a turn, and open questions and offers before it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Mention, Role, Turn
from backend.language.films import films_in
from backend.language.wishes import find_wishes
from backend.language.wordings import has_cue

#: Characters of a message that are read; nobody types more to a recommender in earnest.
READ_AT_MOST = 2000

#: Attributes a question may be about, the more telling words first.
ASKABLE = ("director", "cast", "decade", "plot", "other", "rating", "where", "length", "genre")

#: Films of one turn that an act is about at most.
MAX_FILMS = 3

#: Film id -> what the seeker's form says: {'suggested': 1, 'seen': 0, 'liked': 1}.
Form = Mapping[str, Mapping[str, int]]

#: Stands for a title, so that 'Scary Movie' is no wish for horror.
TITLE = "_"

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*|[.!?\n]+")
_MAX_ACTS = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence: its text and its lower-case form without titles, its films, its wishes."""

    text: str
    plain: str
    films: tuple[str, ...]
    wanted: tuple[Attribute, ...]
    unwanted: tuple[Attribute, ...]

    def has(self, *cues: str) -> bool:
        """Whether the sentence matches any of these cues."""
        return any(has_cue(cue, self.plain) for cue in cues)


@dataclass
class Context:
    """What the turns so far leave open.

    `named` are the ids of all films named, `offered` of those offered or asked about last. `asked`
    is whether the seeker's last turn asked a question, `last` the words of the recommender's last
    turn without titles, `offering` whether that turn offered a film.
    """

    form: Form = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    offered: tuple[str, ...] = ()
    asked: bool = False
    last: str = ""
    offering: bool = False

    @classmethod
    def of(cls, turns: Iterable[Turn], catalogue: Catalogue) -> "Context":
        """The context after these turns, by their acts where they carry any."""
        context = cls()
        for turn in turns:
            context.take_in(turn, catalogue)
        return context

    def told(self, film: str, question: str) -> int | None:
        """What the seeker's form says of a film: 0 no, 1 yes, 2 did not say."""
        return self.form.get(film, {}).get(question)

    def take_in(self, turn: Turn, catalogue: Catalogue) -> None:
        """Note what a turn names, offers and asks."""
        films = _named(turn, catalogue)
        words = " ".join(piece.plain for piece in pieces(turn, catalogue))
        if turn.role is Role.SEEKER:
            asks = has_cue("asking", words) and not has_cue("request", words)
            self.asked = turn.does(ActKind.INQUIRE) if turn.acts else asks
            if self.asked and films:
                self.offered = films[:MAX_FILMS]
        else:
            new = tuple(film for film in films if film not in self.named)
            told = tuple(i for act in turn.acts if act.kind in _OFFERS for i in act.items)
            self.offering = bool(told or (new and not turn.acts) or turn.does(ActKind.RECOMMEND))
            self.offered = (told or new)[:MAX_FILMS] or self.offered
            self.last = words
        self.named.update(films)


_OFFERS = frozenset({ActKind.RECOMMEND, ActKind.INFORM})


def pieces(turn: Turn, catalogue: Catalogue) -> tuple[Piece, ...]:
    """The sentences of a turn, of no more than `READ_AT_MOST` characters."""
    return _pieces(turn.text[:READ_AT_MOST], turn.mentions, catalogue)


@lru_cache(maxsize=4096)
def _pieces(text: str, mentions: tuple[Mention, ...], catalogue: Catalogue) -> tuple[Piece, ...]:
    turn = Turn(role=Role.SEEKER, text=text, mentions=mentions)
    films = films_in(turn, catalogue)
    blank, items, at = "", list[str | None](), 0
    for film in films:
        blank += text[at : film.start].replace(TITLE, " ") + TITLE
        items.append(film.item)
        at = film.end
    blank += text[at:].replace(TITLE, " ")
    ids = iter(items)
    parts = []
    for sentence in _SENTENCE.findall(blank):
        named = [next(ids) for _ in range(sentence.count(TITLE))]
        if not re.search(r"\w|\?", sentence):
            continue
        wishes = find_wishes(sentence, catalogue)
        parts.append(
            Piece(
                text=sentence.strip(),
                plain=plain_text(sentence),
                films=tuple(dict.fromkeys(item for item in named if item)),
                wanted=tuple(wish.attribute for wish in wishes if wish.wanted),
                unwanted=tuple(wish.attribute for wish in wishes if not wish.wanted),
            )
        )
    return tuple(parts)


@lru_cache(maxsize=512)
def plain_text(text: str) -> str:
    """The text in lower case with straight apostrophes and single spaces."""
    return " ".join(text.lower().replace("’", "'").split())


def asked_about(plain: str) -> str | None:
    """The attribute a lower-case question asks about, if one can be told."""
    return next((name for name in ASKABLE if has_cue(f"asks_{name}", plain)), None)


def joined_acts(acts: Sequence[Act]) -> tuple[Act, ...]:
    """The acts with several of one kind joined, a goodbye last, no more than a turn can carry."""
    by_kind: dict[ActKind, Act] = {}
    for act in acts:
        first = by_kind.get(act.kind)
        by_kind[act.kind] = act if first is None else _joined(first, act)
    bye = by_kind.pop(ActKind.BYE, None)
    kept = [*by_kind.values()][: _MAX_ACTS - bool(bye)]
    return (*kept, bye) if bye else tuple(kept)


def _joined(first: Act, second: Act) -> Act:
    return first.model_copy(
        update={
            "items": tuple(dict.fromkeys((*first.items, *second.items)))[:MAX_FILMS],
            "attributes": tuple(dict.fromkeys((*first.attributes, *second.attributes))),
            "code": first.code or second.code,
        }
    )


def _named(turn: Turn, catalogue: Catalogue) -> tuple[str, ...]:
    """Films a turn names, by its acts and its words."""
    noted = [item for act in turn.acts for item in act.items]
    found = [film for piece in pieces(turn, catalogue) for film in piece.films]
    return tuple(dict.fromkeys((*found, *noted)))
