"""CritiquingRecommender: asks, recommends by stated attributes, and takes critiques.

Source: critiquing-based conversational recommendation as surveyed by Chen and Pu (UMUAI 2012):
a critique of one attribute (unit) or several (compound) changes the query, and the next item is
the most popular that satisfies it. It knows the turns and the catalogue, nothing of the seeker.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role, System, Turn
from backend.language.act_reader import is_hostile, read
from backend.language.recommender_templates import Speaker
from backend.simulators import RecommenderView, SimulatorError

#: What is asked for, in this order.
QUESTIONS = ("genre", "decade", "cast", "director")

#: A new wish for one of these takes the place of the old one.
SINGLE = frozenset({"decade", "director"})


class CritiquingRecommender:
    """Plays a recommender by critiquing.

    Knobs: `questions`, how many it asks at most before the first recommendation; `breadth`, from
    how many of the most popular matches it picks (the nearer the top, the likelier). Raises
    SimulatorError for impossible knobs.
    """

    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(
        self, *, questions: int = 2, breadth: int = 12, catalogue: Catalogue | None = None
    ) -> None:
        if questions < 0 or breadth < 1:
            raise SimulatorError(
                f"questions is a count and breadth at least 1; got {questions} and {breadth}"
            )
        self.catalogue = catalogue or Catalogue.load()
        self.questions, self.breadth = questions, breadth
        turned = [
            f"{knob}={value}"
            for knob, value, usual in (("questions", questions, 2), ("breadth", breadth, 12))
            if value != usual
        ]
        self.system = System(
            name=f"critiquing({', '.join(turned)})" if turned else "critiquing",
            simulator="critiquing",
            controls={"questions": questions, "breadth": breadth},
        )

    def respond(self, view: RecommenderView, *, seed: int) -> Iterator[str | Turn]:
        """The next turn, in one piece of text and then as a Turn."""
        query = Query.of(view.turns, self.catalogue)
        rng = random.Random(f"{seed}/critiquing/{len(view.turns)}")
        speaker = Speaker(self.catalogue, rng, view.turns)
        self._answer(query, speaker, rng, view.turns[-1].text if view.turns else None)
        turn = speaker.turn()
        yield turn.text
        yield turn

    def _answer(self, query: "Query", say: Speaker, rng: random.Random, text: str | None) -> None:
        kinds = {act.kind for act in query.heard}
        if ActKind.BYE in kinds:
            if kinds & {ActKind.ACKNOWLEDGE, ActKind.ACCEPT}:
                say.line("welcome", ActKind.ACKNOWLEDGE)
            say.line("bye", ActKind.BYE)
            return
        if ActKind.GREET in kinds or text is None:
            say.line("greet", ActKind.GREET)
        if inquiry := next((act for act in query.heard if act.kind is ActKind.INQUIRE), None):
            self._inform(query, inquiry, say)
        elif ActKind.ACCEPT in kinds and query.last:
            say.line("enjoy", ActKind.ACKNOWLEDGE)
        elif kinds == {ActKind.ACKNOWLEDGE}:
            say.line("welcome", ActKind.ACKNOWLEDGE)
        elif kinds <= {ActKind.CHAT} and text is not None:
            self._steer_back(query, say, rng, text)
        else:
            self._respond_to_judgment(kinds, say, rng)
            self._ask_or_recommend(query, say, rng, ActKind.REQUEST in kinds)

    def _inform(self, query: "Query", inquiry: Act, say: Speaker) -> None:
        asked = [*inquiry.items, *query.last[-1:]]
        item = next((self.catalogue.get(id_) for id_ in asked if id_ in self.catalogue), None)
        if item is None:
            say.line("which", ActKind.ELICIT)
        else:
            say.fact(item, inquiry.code)

    def _steer_back(self, query: "Query", say: Speaker, rng: random.Random, text: str) -> None:
        """Empty, hostile or off-topic: say so once, and come back to films."""
        cue = "silence" if not text.strip() else "hostile" if is_hostile(text) else "off_topic"
        say.line(cue, ActKind.CHAT)
        if cue == "silence":
            return
        if query.last and query.last[-1] in self.catalogue and rng.random() < 0.6:
            say.judge(self.catalogue.get(query.last[-1]))
        else:
            self._ask_or_recommend(query, say, rng, False)

    def _respond_to_judgment(self, kinds: set[ActKind], say: Speaker, rng: random.Random) -> None:
        if ActKind.SEEN in kinds:
            say.line("seen", ActKind.ACKNOWLEDGE)
        elif kinds & {ActKind.REJECT, ActKind.CRITIQUE} and rng.random() < 0.7:
            say.line("sorry", ActKind.ACKNOWLEDGE)
        elif ActKind.DISCLOSE in kinds and rng.random() < 0.3:
            say.line("acknowledge", ActKind.ACKNOWLEDGE)

    def _ask_or_recommend(
        self, query: "Query", say: Speaker, rng: random.Random, requested: bool
    ) -> None:
        open_questions = [name for name in QUESTIONS if name not in query.settled]
        knows = len(query.wanted) + len(query.liked)
        enough = knows >= 2 or (knows == 1 and (requested or rng.random() < 0.5))
        may_ask = query.questions < self.questions and not query.recommended and open_questions
        if may_ask and not enough:
            say.line(f"elicit_{open_questions[0]}", ActKind.ELICIT, code=open_questions[0])
            return
        item, given_up = self._pick(query, rng)
        if item is None:
            say.line("exhausted", ActKind.ELICIT)
            return
        if given_up and given_up != query.given_up:
            say.relaxed(list(query.wanted), given_up)
        liked = query.liked[-1:] if not query.wanted else []
        say.recommend(item, [self.catalogue.get(id_) for id_ in liked], list(query.wanted))

    def ranking(self, view: RecommenderView) -> list[str]:
        """Ids of the items that fit what was said, the best first."""
        fitting, _ = self._fitting(Query.of(view.turns, self.catalogue))
        return [item.id for item in fitting]

    def _pick(
        self, query: "Query", rng: random.Random
    ) -> tuple[Item | None, tuple[Attribute, ...]]:
        """An item that meets the wishes, and the wishes given up for it."""
        candidates, given_up = self._fitting(query)
        if not candidates:
            return None, given_up
        top = candidates[: self.breadth]
        weights = [1 / (2 + rank) for rank in range(len(top))]
        return rng.choices(top, weights)[0], given_up

    def _fitting(self, query: "Query") -> tuple[list[Item], tuple[Attribute, ...]]:
        """Items that meet the wishes, giving up the earliest stated one while none does."""
        wanted, given_up = list(query.wanted), list[Attribute]()
        while True:
            candidates = [item for item in self._candidates(query, wanted) if query.allows(item)]
            if candidates or not wanted:
                return candidates, tuple(given_up)
            given_up.append(wanted.pop(0))

    def _candidates(self, query: "Query", wanted: Sequence[Attribute]) -> Sequence[Item]:
        if wanted or not query.liked:
            return self.catalogue.matching(wanted, query.unwanted)
        unwanted = query.unwanted
        near = self.catalogue.similar(self.catalogue.get(query.liked[-1]), limit=60)
        return [item for item in near if not any(item.has(attribute) for attribute in unwanted)]


@dataclass
class Query:
    """What the turns have established: wishes in the order stated, items named, what was asked."""

    wanted: dict[Attribute, None] = field(default_factory=dict)
    unwanted: dict[Attribute, None] = field(default_factory=dict)
    liked: list[str] = field(default_factory=list)
    recommended: list[str] = field(default_factory=list)
    last: tuple[str, ...] = ()
    known: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    questions: int = 0
    earliest: int | None = None
    latest: int | None = None
    heard: tuple[Act, ...] = ()
    given_up: tuple[Attribute, ...] = ()

    @classmethod
    def of(cls, turns: Sequence[Turn], catalogue: Catalogue) -> "Query":
        """The query after these turns."""
        query = cls()
        for at, turn in enumerate(turns):
            acts = read(turn, catalogue, turns[:at])
            if turn.role is Role.RECOMMENDER:
                query._said(acts)
            else:
                query._hear(acts, catalogue)
        query.heard = acts if turns and turns[-1].role is Role.SEEKER else ()
        return query

    def allows(self, item: Item) -> bool:
        """Whether the item may be recommended: new, with known facts, and of the right age."""
        return (
            item.id not in self.known
            and bool(item.values.get("genre"))
            and (self.earliest is None or (item.year or 0) >= self.earliest)
            and (self.latest is None or (item.year or 9999) <= self.latest)
        )

    def _said(self, acts: Sequence[Act]) -> None:
        for act in acts:
            if act.kind is ActKind.RECOMMEND:
                self.last = act.items
                self.recommended += act.items
                self.known.update(act.items)
            elif act.kind is ActKind.ELICIT:
                self.questions += 1
                self.settled |= {act.code} if act.code else set()
            elif act.kind is ActKind.ACKNOWLEDGE and act.attributes:
                self.given_up = act.attributes

    def _hear(self, acts: Sequence[Act], catalogue: Catalogue) -> None:
        for act in acts:
            if act.kind is ActKind.INQUIRE:
                self.last = tuple(id_ for id_ in act.items if id_ in catalogue) or self.last
                continue
            if act.kind in {ActKind.DISCLOSE, ActKind.SEEN, ActKind.REJECT, ActKind.ACCEPT}:
                self.known.update(act.items)
            if act.kind is ActKind.DISCLOSE:
                self.liked += [id_ for id_ in act.items if id_ in catalogue]
            for attribute in act.attributes:
                self._wish(attribute, wanted=act.kind is not ActKind.REJECT)
            if act.kind is ActKind.CRITIQUE and act.code in {"newer", "older"}:
                self._compare(act.code, catalogue)

    def _wish(self, attribute: Attribute, *, wanted: bool) -> None:
        self.settled.add(attribute.name)
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
        years = [catalogue.get(id_).year for id_ in self.last if id_ in catalogue]
        pivot = next((year for year in years if year), 2000)
        self.wanted = {old: None for old in self.wanted if old.name != "decade"}
        self.settled.add("decade")
        if code == "newer":
            self.earliest, self.latest = pivot + 1, None
        else:
            self.earliest, self.latest = None, pivot - 1
