"""CritiquingRecommender: asks, recommends by stated attributes, and takes critiques.

Source: critiquing-based conversational recommendation as surveyed by Chen and Pu (UMUAI 2012):
a critique of one attribute (unit) or several (compound) changes the wants, and the next item is
the most popular that satisfies it. It knows the turns and the catalogue, nothing of the seeker.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role, System, Turn
from backend.language.act_reader import is_hostile, read
from backend.language.preferences import Preferences
from backend.language.recommender_templates import Speaker
from backend.simulators import RecommenderView, SimulatorError

#: What is asked for, in this order.
QUESTIONS = ("genre", "decade", "cast", "director")


@dataclass(frozen=True)
class Asked:
    """What the recommender has asked so far: how often, about which attributes.

    `given_up` are the wishes it said last that no film meets.
    """

    questions: int = 0
    about: frozenset[str] = frozenset()
    given_up: tuple[Attribute, ...] = ()

    @classmethod
    def of(cls, turns: Sequence[Turn], catalogue: Catalogue) -> "Asked":
        """What was asked in these turns."""
        acts = [
            act
            for at, turn in enumerate(turns)
            if turn.role is Role.RECOMMENDER
            for act in read(turn, catalogue, turns[:at])
        ]
        questions = [act for act in acts if act.kind is ActKind.ELICIT]
        relaxed = [a.attributes for a in acts if a.kind is ActKind.ACKNOWLEDGE and a.attributes]
        return cls(
            questions=len(questions),
            about=frozenset(act.code for act in questions if act.code),
            given_up=relaxed[-1] if relaxed else (),
        )


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
        wants = Preferences.of(view.turns, self.catalogue)
        asked = Asked.of(view.turns, self.catalogue)
        rng = random.Random(f"{seed}/critiquing/{len(view.turns)}")
        speaker = Speaker(self.catalogue, rng, view.turns)
        self._answer(wants, asked, speaker, rng, view.turns[-1].text if view.turns else None)
        turn = speaker.turn()
        yield turn.text
        yield turn

    def _answer(
        self,
        wants: Preferences,
        asked: Asked,
        say: Speaker,
        rng: random.Random,
        text: str | None,
    ) -> None:
        kinds = {act.kind for act in wants.heard}
        if ActKind.BYE in kinds:
            if kinds & {ActKind.ACKNOWLEDGE, ActKind.ACCEPT}:
                say.line("welcome", ActKind.ACKNOWLEDGE)
            say.line("bye", ActKind.BYE)
            return
        if ActKind.GREET in kinds or text is None:
            say.line("greet", ActKind.GREET)
        if inquiry := next((act for act in wants.heard if act.kind is ActKind.INQUIRE), None):
            self._inform(wants, inquiry, say)
        elif ActKind.ACCEPT in kinds and wants.at_hand:
            say.line("enjoy", ActKind.ACKNOWLEDGE)
        elif kinds == {ActKind.ACKNOWLEDGE}:
            say.line("welcome", ActKind.ACKNOWLEDGE)
        elif kinds <= {ActKind.CHAT} and text is not None:
            self._steer_back(wants, asked, say, rng, text)
        else:
            self._respond_to_judgment(kinds, say, rng)
            self._ask_or_recommend(wants, asked, say, rng, ActKind.REQUEST in kinds)

    def _inform(self, wants: Preferences, inquiry: Act, say: Speaker) -> None:
        about = [*inquiry.items, *wants.at_hand[-1:]]
        item = next((self.catalogue.get(id_) for id_ in about if id_ in self.catalogue), None)
        if item is None:
            say.line("which", ActKind.ELICIT)
        else:
            say.fact(item, inquiry.code)

    def _steer_back(
        self, wants: Preferences, asked: Asked, say: Speaker, rng: random.Random, text: str
    ) -> None:
        """Empty, hostile or off-topic: say so once, and come back to films."""
        cue = "silence" if not text.strip() else "hostile" if is_hostile(text) else "off_topic"
        say.line(cue, ActKind.CHAT)
        if cue == "silence":
            return
        if wants.at_hand and wants.at_hand[-1] in self.catalogue and rng.random() < 0.6:
            say.judge(self.catalogue.get(wants.at_hand[-1]))
        else:
            self._ask_or_recommend(wants, asked, say, rng, False)

    def _respond_to_judgment(self, kinds: set[ActKind], say: Speaker, rng: random.Random) -> None:
        if ActKind.SEEN in kinds:
            say.line("seen", ActKind.ACKNOWLEDGE)
        elif kinds & {ActKind.REJECT, ActKind.CRITIQUE} and rng.random() < 0.7:
            say.line("sorry", ActKind.ACKNOWLEDGE)
        elif ActKind.DISCLOSE in kinds and rng.random() < 0.3:
            say.line("acknowledge", ActKind.ACKNOWLEDGE)

    def _ask_or_recommend(
        self,
        wants: Preferences,
        asked: Asked,
        say: Speaker,
        rng: random.Random,
        requested: bool,
    ) -> None:
        open_questions = [name for name in QUESTIONS if name not in _settled(wants, asked)]
        knows = len(wants.wanted) + len(wants.liked)
        enough = knows >= 2 or (knows == 1 and (requested or rng.random() < 0.5))
        may_ask = asked.questions < self.questions and not wants.recommended and open_questions
        if may_ask and not enough:
            say.line(f"elicit_{open_questions[0]}", ActKind.ELICIT, code=open_questions[0])
            return
        item, given_up = self._pick(wants, rng)
        if item is None:
            say.line("exhausted", ActKind.ELICIT)
            return
        if given_up and given_up != asked.given_up:
            say.relaxed(list(wants.wanted), given_up)
        liked = wants.liked[-1:] if not wants.wanted else []
        say.recommend(item, [self.catalogue.get(id_) for id_ in liked], list(wants.wanted))

    def ranking(self, view: RecommenderView) -> list[str]:
        """Ids of the items that fit what was said, the best first."""
        fitting, _ = self._fitting(Preferences.of(view.turns, self.catalogue))
        return [item.id for item in fitting]

    def _pick(
        self, wants: Preferences, rng: random.Random
    ) -> tuple[Item | None, tuple[Attribute, ...]]:
        """An item that meets the wishes, and the wishes given up for it."""
        candidates, given_up = self._fitting(wants)
        if not candidates:
            return None, given_up
        top = candidates[: self.breadth]
        weights = [1 / (2 + rank) for rank in range(len(top))]
        return rng.choices(top, weights)[0], given_up

    def _fitting(self, wants: Preferences) -> tuple[list[Item], tuple[Attribute, ...]]:
        """Items that meet the wishes, giving up the earliest stated one while none does."""
        wanted, given_up = list(wants.wanted), list[Attribute]()
        while True:
            candidates = [item for item in self._candidates(wants, wanted) if wants.allows(item)]
            if candidates or not wanted:
                return candidates, tuple(given_up)
            given_up.append(wanted.pop(0))

    def _candidates(self, wants: Preferences, wanted: Sequence[Attribute]) -> Sequence[Item]:
        if wanted or not wants.liked:
            return self.catalogue.matching(wanted, wants.unwanted)
        unwanted = wants.unwanted
        near = self.catalogue.similar(self.catalogue.get(wants.liked[-1]), limit=60)
        return [item for item in near if not any(item.has(attribute) for attribute in unwanted)]


def _settled(wants: Preferences, asked: Asked) -> set[str]:
    """Attributes that need no question any more."""
    told = {attribute.name for attribute in (*wants.wanted, *wants.unwanted)}
    bounded = wants.earliest is not None or wants.latest is not None
    return {*told, *asked.about, *(["decade"] if bounded else [])}
