"""The recommender of the Interplay pair: it knows the dialogue alone.

Source: Interplay (arXiv 2603.18573); see `interplay_seeker.py`. It commits to a query; the film is
looked up in the catalogue (`ranking.py`), and its facts lie before the model that finds the words.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from backend.catalogue import Catalogue, Item
from backend.dialogue import ActKind, Attribute, Role, Turn
from backend.language.act_reader import read
from backend.simulators import InformedView, RecommenderView, SimulatorError
from backend.simulators.checkpoints import shipped
from backend.simulators.interplay.checks import false_claim
from backend.simulators.interplay.modelled import ModelledRole, act_named, barred
from backend.simulators.interplay.ranking import Ranker
from backend.simulators.profiles import checked, variables_of
from backend.simulators.script.actions import Possible, parse
from backend.simulators.script.base import Plan
from backend.simulators.script.recommender import RecommenderScript

#: What a recommender hears that needs no further film.
SETTLED = frozenset({ActKind.ACCEPT, ActKind.INQUIRE, ActKind.BYE})

#: Own turns of a recommender before it may say goodbye unasked, and what it hears that lets it.
STAYS = 9
CLOSING = frozenset({ActKind.BYE, ActKind.ACCEPT})

#: Own turns in which it may ask and chat before it recommends without knowing anything.
ASKS = 3

#: Among how many of the best films the recommended one is drawn, the better the likelier.
BREADTH = 4


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
        self.act = act_named(act, self.role)
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
