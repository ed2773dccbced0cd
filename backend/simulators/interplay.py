"""The Interplay pair: an independent seeker and an independent recommender, no target known.

Source: Interplay (arXiv 2603.18573): two separately fine-tuned models talk turn by turn; the
seeker has a preference summary and target attributes, the recommender the dialogue alone. The
paper publishes no code: script, models, retrieval and checks are this project's own.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from backend.catalogue import Catalogue, Item
from backend.dialogue import ActKind, Attribute, Brief, Role, Turn
from backend.simulators import InformedView, RecommenderView, SeekerView, SimulatorError
from backend.simulators.checkpoints import shipped
from backend.simulators.checks import false_claim, unlike_wish
from backend.simulators.modelled import ModelledRole, barred
from backend.simulators.profiles import checked, drawn, variables_of
from backend.simulators.ranking import Ranker
from backend.simulators.script.actions import ACTS, TELLING, Possible, parse
from backend.simulators.script.base import Plan
from backend.simulators.script.recommender import RecommenderScript
from backend.simulators.script.seeker import SeekerScript
from backend.simulators.script.slots import NUMBERED, numbered
from backend.simulators.standing import Standing
from backend.simulators.understanding import read
from backend.simulators.wishes import find_wishes

#: Acts that settle what becomes of a film, or put it off: one of them at a time.
VERDICTS = frozenset({ActKind.ACCEPT, ActKind.REJECT, ActKind.SEEN, ActKind.INQUIRE})

#: What a recommender hears that needs no further film.
SETTLED = frozenset({ActKind.ACCEPT, ActKind.INQUIRE, ActKind.BYE})

#: Own turns of a recommender before it may say goodbye unasked, and what it hears that lets it.
STAYS = 9
CLOSING = frozenset({ActKind.BYE, ActKind.ACCEPT})

#: Own turns in which it may ask and chat before it recommends without knowing anything.
ASKS = 3

#: Among how many of the best films the recommended one is drawn, the better the likelier.
BREADTH = 4


class InterplaySeeker(ModelledRole):
    """Plays a seeker by a model that knows its wish and no target.

    `controls` sets session variables (`mood`, `verbosity`, ...); what is not set is drawn, by
    seed, from the kinds of people in the training dialogues unless `people` is false. `act` makes
    it commit to that act in every turn it can (a turn-level variable).
    """

    role = Role.SEEKER
    simulator = "interplay"
    checkpoint = "seeker"
    #: Warm, so that its words are as varied as people's; pieces that are unlikely are cut off.
    usual: ClassVar[dict[str, float]] = {"temperature": 1.7, "min_p": 0.022}

    def __init__(
        self,
        *,
        model: str | None = None,
        controls: dict[str, str] | None = None,
        act: str | None = None,
        people: bool = True,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        catalogue = catalogue or Catalogue.load()
        folder = Path(model) if model else shipped(self.checkpoint)
        self.session = checked(controls or {}, self.role, catalogue)
        self.act = _act(act, self.role)
        self.people = folder if people else None
        super().__init__(
            model=folder,
            controls={**self.session, **({"act": act} if act else {})},
            catalogue=catalogue,
            **settings,
        )

    @property
    @override
    def variables(self) -> dict[str, tuple[str, ...]]:
        return variables_of(self.role, self.catalogue)

    @override
    def script(self, view: SeekerView | InformedView, seed: int) -> SeekerScript:
        script = SeekerScript(
            self.catalogue,
            {**drawn(self.people, seed), **self.session},
            brief=_understood(view.brief, self.catalogue),
            targets=frozenset(view.targets) if isinstance(view, InformedView) else None,
        )
        script.read(view.turns)
        return script

    @override
    def possible(self, script: SeekerScript, view: SeekerView | InformedView) -> Possible:
        """What keeps to the wish: it is told, films are judged by it, it is not given up soon."""
        stand = Standing.of(script, view.turns, self.session.get("strictness"))
        wishes = list(dict.fromkeys(script.wish(a) for a in script.brief.attributes))
        unsaid = list(dict.fromkeys(script.wish(a) for a in stand.unsaid))
        may = Possible(
            role=self.role,
            heard=stand.heard,
            own=[numbered("@mine", 0)] if script.unsaid_likes() else [],
            wishes=wishes,
            most_wishes=1,
            films={
                ActKind.ACCEPT: stand.fitting,
                ActKind.REJECT: stand.unfitting,
                ActKind.CRITIQUE: stand.unfitting,
                ActKind.SEEN: stand.seeable,
                ActKind.INQUIRE: stand.askable,
            },
            without=barred(view.turns, self.role) | stand.barred,
        )
        if self.act:
            told = replace(may, films={}, only=self.act)
            # A verdict on no film is impossible: the model chooses then.
            return told if told.grammar() else may
        if stand.fitting:
            other = {ActKind.SEEN} if stand.is_fresh else set()
            other |= {ActKind.INQUIRE} if stand.is_fresh and stand.askable else set()
            return replace(
                may, must={ActKind.ACCEPT, *other}, without={*may.without, *TELLING, *VERDICTS}
            )
        if unsaid and stand.own:
            return replace(may, wishes=unsaid, must=TELLING)
        return may

    @override
    def choose(self, script: SeekerScript, action: str, rng: random.Random) -> dict[str, str]:
        """Films it likes, for `@mine`."""
        likes = script.unsaid_likes()
        return {numbered("@mine", at): id_ for at, id_ in enumerate(likes[:NUMBERED])}

    @override
    def fault(
        self, text: str, named: Sequence[Item], plan: Plan, script: SeekerScript
    ) -> str | None:
        """Words that depart from the wish."""
        return unlike_wish(text, named, plan.acts, script.brief.attributes, self.catalogue)


class InterplayRecommender(ModelledRole):
    """Plays a recommender by a model that knows the dialogue alone.

    `breadth` is among how many of the best films the recommended one is drawn.
    """

    role = Role.RECOMMENDER
    simulator = "interplay"
    checkpoint = "recommender"
    usual: ClassVar[dict[str, float]] = {"temperature": 0.95, "min_p": 0.07}

    def __init__(
        self,
        *,
        model: str | None = None,
        controls: dict[str, str] | None = None,
        act: str | None = None,
        breadth: int = BREADTH,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        if breadth < 1:
            raise SimulatorError(f"breadth is at least 1; got {breadth}")
        catalogue = catalogue or Catalogue.load()
        folder = Path(model) if model else shipped(self.checkpoint)
        self.session = checked(controls or {}, self.role, catalogue)
        self.act = _act(act, self.role)
        self.breadth = breadth
        super().__init__(
            model=folder,
            controls={
                **self.session,
                **({"act": act} if act else {}),
                "breadth": breadth,
                **self.switches(),
            },
            catalogue=catalogue,
            **settings,
        )
        self.ranker = Ranker.packaged(self.catalogue, folder)

    def switches(self) -> dict[str, Any]:
        """Further settings, for provenance."""
        return {}

    @property
    @override
    def variables(self) -> dict[str, tuple[str, ...]]:
        return variables_of(self.role, self.catalogue)

    @override
    def script(self, view: RecommenderView | InformedView, seed: int) -> RecommenderScript:
        """The dialogue as the recommender has it: its words, and no acts of the other side."""
        told = view if isinstance(view, InformedView) else None
        script = RecommenderScript(
            self.catalogue,
            self.session,
            brief=told.brief if told else None,
            targets=frozenset(told.targets) if told else frozenset(),
        )
        script.read(view.turns)
        return script

    @override
    def possible(self, script: RecommenderScript, view: RecommenderView | InformedView) -> Possible:
        """Queries by what was understood, a film once there is something to go by, goodbye last."""
        wishes = [script.wish(a, wanted=w) for a, w in script.wanted.items()]
        own = sum(turn.role is self.role for turn in view.turns)
        # Of the other side the words alone: what it committed to is its own business.
        heard = (
            read(view.turns[-1].model_copy(update={"acts": ()}), self.catalogue)
            if view.turns
            else ()
        )
        kinds = {act.kind for act in heard}
        without = barred(view.turns, self.role)
        if own < STAYS and not kinds & CLOSING:
            without.add(ActKind.BYE)
        if ActKind.INQUIRE in kinds and script.slots:
            without.add(ActKind.RECOMMEND)  # an answer first: what was offered is still open
        may = Possible(
            role=self.role,
            heard=list(script.slots),
            wishes=[*dict.fromkeys(wishes), *(["~target"] if script.targets else [])],
            without=without,
        )
        act = self.act or self.policy(script, kinds, view.turns)
        if act:
            told = replace(may, only=act)
            return told if told.grammar() else may
        knows = script.wanted or script.liked or own >= ASKS
        if own and knows and not kinds & SETTLED:
            return replace(may, must={ActKind.RECOMMEND})
        return may

    def policy(
        self, script: RecommenderScript, heard: Collection[ActKind], turns: Sequence[Turn]
    ) -> ActKind | None:
        """The act to perform now, or None to leave it to the model."""
        return None

    def ranked(self, script: RecommenderScript, query: Sequence[str] | None = None) -> list[Item]:
        """All films by how well they fit, for the wishes of `query` or all that were understood."""
        every = [a for a, wanted in script.wanted.items() if wanted]
        wanted = every if query is None else _behind(query, script)
        rest = [a for a in every if a not in wanted]
        unwanted = [a for a, is_wanted in script.wanted.items() if not is_wanted]
        # What was asked for and is not in the query is given up first, if anything has to be.
        return self.ranker.rank([*rest, *wanted], unwanted, script.liked, script.said_before)

    def ranking(self, view: RecommenderView | InformedView) -> list[str]:
        """Ids of all films, by how well they fit what was said."""
        script = self.script(view, seed=0)
        ranked = [item.id for item in self.ranked(script)]
        return sorted(ranked, key=lambda id_: id_ not in script.targets)

    @override
    def choose(self, script: RecommenderScript, action: str, rng: random.Random) -> dict[str, str]:
        """Films that fit the query, for `@new`: drawn among the best, the better the likelier."""
        step = next((s for s in parse(action, self.role) if s.kind is ActKind.RECOMMEND), None)
        if step is None:
            return {}
        found = self.ranked(script, step.wishes)
        if "~target" in step.wishes:
            found = [item for item in found if item.id in script.targets] or found
        new = [slot for slot in step.films if slot.startswith("@new")]
        if len(found) < len(new):
            raise ValueError("there is no film left to recommend")
        chosen: dict[str, str] = {}
        for slot in new:
            best = found[: self.breadth]
            item = rng.choices(best, [1 / (at + 1) for at in range(len(best))])[0]
            chosen[slot] = item.id
            found = [other for other in found if other.id != item.id]
        return chosen

    @override
    def fault(
        self, text: str, named: Sequence[Item], plan: Plan, script: RecommenderScript
    ) -> str | None:
        """Claims that the catalogue does not bear out."""
        return false_claim(text, named, plan, list(script.wanted), self.catalogue)


def _behind(query: Sequence[str], script: RecommenderScript) -> list[Attribute]:
    return [script.attribute(wish) for wish in query if wish[0] == "+"]


def _act(act: str | None, role: Role) -> ActKind | None:
    if act is None:
        return None
    if act not in {kind.value for kind in ACTS[role]}:
        raise SimulatorError(
            f"no act {act!r} of a {role.value}; there are "
            f"{', '.join(kind.value for kind in ACTS[role])}"
        )
    return ActKind(act)


def _understood(brief: Brief, catalogue: Catalogue) -> Brief:
    """The brief with the attributes its summary speaks of, where it lists none."""
    if brief.attributes:
        return brief
    found = tuple(w.attribute for w in find_wishes(brief.summary, catalogue) if w.wanted)
    return brief.model_copy(update={"attributes": found})
