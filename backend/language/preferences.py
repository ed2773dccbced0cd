"""The preferences of a seeker, read from its messages: wishes, films liked or refused, questions.

Rebuilt from the turns at every look, so that a chat goes on after a restart. Each message is read
sentence by sentence, since people often ask for two things at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.act_reader import read
from backend.language.wishes import is_negated

#: A new wish for one of these takes the place of the old one.
SINGLE = frozenset({"decade", "director"})

#: Topics that people name in place of a genre. Refusing a topic refuses no genre.
TOPICS = {
    "ghost": "horror",
    "zombie": "horror",
    "vampire": "horror",
    "werewolf": "horror",
    "monster": "horror",
    "haunted": "horror",
    "superhero": "action",
    "marvel": "action",
    "spy": "action",
    "dragon": "fantasy",
    "magic": "fantasy",
    "pirate": "adventure",
    "serial killer": "thriller",
    "musician": "music",
    "politics": "drama",
}

#: A year after which a film is recent, or from which on it is classic, to whoever says no more.
RECENT_FROM, CLASSIC_TO = 2010, 1985

#: The year 'older' and 'newer' compare with where no film is at hand.
PIVOT_YEAR = 2000

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_NOT_YET = re.compile(
    r"^\W*(?:no|nope|nah)\b[\s,.!]*(?:i )?(?:have ?n'?o?t|haven'?t|never)\b", re.IGNORECASE
)
_BEFORE = re.compile(r"\b(?:before|older than|earlier than|pre)[ -]?(\d{4})\b")
_AFTER = re.compile(r"\b(?:after|newer than|since|later than|post)[ -]?(\d{4})\b")
_NOTHING_BEFORE = re.compile(
    r"\b(?:nothing|not|none) (?:from )?(?:before|older than|earlier than) (\d{4})\b"
)
_RECENT = re.compile(r"\b(?:recent|new|modern|latest|current)\b(?! to)")
_CLASSIC = re.compile(r"\b(?:classics?|oldies?|old)\b(?! enough)")
_MOVIE = re.compile(r"\b(?:movies?|films?|ones?|something|anything|stuff|flicks?)\b")
_OTHER = re.compile(r"\b(?:something|anything|someone) else\b|\banother\b|\bother\b|\bdifferent\b")


@dataclass
class Preferences:
    """What the turns have established.

    `wanted` and `unwanted` are in the order stated; `liked`, `recommended`, `seen` and `refused`
    hold ids of items, `at_hand` those spoken of last, `named` all that were named. `earliest` and
    `latest` bound the year. `avoided` are words that no title may hold. `heard` are the acts of the
    last message if it is the seeker's, `asked` its questions, each with the items it is about.
    """

    wanted: dict[Attribute, None] = field(default_factory=dict)
    unwanted: dict[Attribute, None] = field(default_factory=dict)
    liked: list[str] = field(default_factory=list)
    recommended: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    at_hand: tuple[str, ...] = ()
    named: set[str] = field(default_factory=set)
    avoided: set[str] = field(default_factory=set)
    earliest: int | None = None
    latest: int | None = None
    heard: tuple[Act, ...] = ()
    asked: tuple[Act, ...] = ()

    @classmethod
    def of(cls, turns: Sequence[Turn], catalogue: Catalogue) -> "Preferences":
        """The preferences after these turns."""
        wants = cls()
        for at, turn in enumerate(turns):
            wants.heard = wants.asked = ()
            if turn.role is Role.RECOMMENDER:
                wants._said(read(turn, catalogue, turns[:at]), catalogue)
            elif turn.acts:
                wants._hear(turn.acts, turn.text, catalogue)
            else:
                wants._read(turn, turns[:at], catalogue)
        return wants

    def allows(self, item: Item) -> bool:
        """Whether an item may be recommended: new to the dialogue, and nothing that was refused."""
        title = item.title.casefold()
        return (
            item.id not in self.named
            and bool(item.values.get("genre"))
            and (self.earliest is None or (item.year or 0) >= self.earliest)
            and (self.latest is None or (item.year or 9999) <= self.latest)
            and not any(item.has(attribute) for attribute in self.unwanted)
            and not any(word in title for word in self.avoided)
        )

    def _read(self, turn: Turn, before: Sequence[Turn], catalogue: Catalogue) -> None:
        """A message without acts, sentence by sentence."""
        sentences = [s for s in _SENTENCE.findall(turn.text) if re.search(r"\w", s)]
        acts: list[Act] = []
        asked: list[Act] = []
        for sentence in sentences[:8]:
            # Mentions are of the whole message: each sentence is about what it names itself.
            words = catalogue.corrected(sentence.strip())
            alone = turn.model_copy(update={"text": words, "mentions": ()})
            said = read(alone, catalogue, before)
            if _NOT_YET.search(sentence):  # 'No, I have not' says that it was not seen
                said = tuple(
                    act for act in said if act.kind is not ActKind.REJECT or act.attributes
                )
            self._hear(said, sentence, catalogue)
            acts += [act for act in self.heard if act not in acts]
            asked += self.asked
        real = [act for act in acts if act.kind is not ActKind.CHAT]
        self.heard, self.asked = tuple(real or acts), tuple(asked)

    def _said(self, acts: Sequence[Act], catalogue: Catalogue) -> None:
        for act in acts:
            known = tuple(id_ for id_ in act.items if id_ in catalogue)
            self.named.update(act.items)
            if act.kind is ActKind.RECOMMEND:
                self.at_hand = known or self.at_hand
                self.recommended += known
            elif known and act.kind is ActKind.INFORM:
                self.at_hand = known

    def _hear(self, acts: Sequence[Act], text: str, catalogue: Catalogue) -> None:
        self.heard, self.asked = tuple(acts), ()
        plain = text.casefold()
        for act in acts:
            items = tuple(catalogue.get(i).id for i in act.items if i in catalogue)
            about = items or self.at_hand[:1]
            self.named.update((*act.items, *items))
            if act.kind is ActKind.INQUIRE:
                self.at_hand = items or self.at_hand
                self.asked += (act.model_copy(update={"items": about}),)
                continue
            if act.kind is ActKind.DISCLOSE:
                self.liked += [
                    i for i in items if i not in self.liked and i not in self.recommended
                ]
            elif act.kind is ActKind.SEEN:
                self.seen += about
            elif act.kind is ActKind.REJECT:
                self.refused += about if not act.attributes else items
            for attribute in act.attributes:
                self._wish(attribute, wanted=act.kind is not ActKind.REJECT)
            if act.kind is ActKind.CRITIQUE and act.code in {"newer", "older"}:
                self._compare(act.code, catalogue)
        if not self.asked:
            self._bound(plain)
            self._topics(plain)

    def _wish(self, attribute: Attribute, *, wanted: bool) -> None:
        if not wanted:
            self.wanted.pop(attribute, None)
            self.unwanted[attribute] = None
            return
        if attribute.name in SINGLE:
            self.wanted = {old: None for old in self.wanted if old.name != attribute.name}
        if attribute.name == "decade":
            self.earliest = self.latest = None
        self.unwanted.pop(attribute, None)
        self.wanted.pop(attribute, None)
        self.wanted[attribute] = None

    def _compare(self, code: str, catalogue: Catalogue) -> None:
        """Newer or older than the item at hand, or than the turn of the century."""
        years = [catalogue.get(id_).year for id_ in self.at_hand if id_ in catalogue]
        pivot = next((year for year in years if year), PIVOT_YEAR)
        self._set_years(*((pivot + 1, None) if code == "newer" else (None, pivot - 1)))

    def _bound(self, plain: str) -> None:
        """Bounds of the year that are named, or meant by 'recent' and 'classic'."""
        before, after = _BEFORE.search(plain), _AFTER.search(plain)
        if from_year := _NOTHING_BEFORE.search(plain):
            self._set_years(int(from_year[1]), None)
        elif before or after:
            self._set_years(
                int(after[1]) if after else None, int(before[1]) - 1 if before else None
            )
        elif _MOVIE.search(plain) and not any(a.name == "decade" for a in self.wanted):
            if _RECENT.search(plain) and not is_negated(plain, _RECENT):
                self._set_years(RECENT_FROM, None)
            elif _CLASSIC.search(plain) and not is_negated(plain, _CLASSIC):
                self._set_years(None, CLASSIC_TO)

    def _set_years(self, earliest: int | None, latest: int | None) -> None:
        self.wanted = {old: None for old in self.wanted if old.name != "decade"}
        self.earliest, self.latest = earliest, latest
        if all(act.kind is ActKind.CHAT for act in self.heard):
            self.heard = (Act(kind=ActKind.REQUEST),)

    def _topics(self, plain: str) -> None:
        """Topics that stand for a genre; one that is refused is kept out of titles alone."""
        for topic, genre in TOPICS.items():
            place = re.search(rf"\b{topic}", plain)
            if not place:
                continue
            if is_negated(plain, place.re):
                self.avoided.add(topic)
            elif not any(a.name == "genre" for a in self.wanted):
                self._wish(Attribute(name="genre", value=genre), wanted=True)
