"""The Interplay pair: an independent seeker and an independent recommender, no target known.

Source: Interplay (arXiv 2603.18573): two separately fine-tuned models talk turn by turn; the
seeker has a preference summary and target attributes, the recommender the dialogue alone. The
paper publishes no code: script, models, retrieval and checks are this project's own.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import ActKind, Role, Turn
from backend.simulators import InformedView, RecommenderView, SeekerView
from backend.simulators.checks import false_claim, unlike_wish
from backend.simulators.modelled import ModelledRole, barred
from backend.simulators.profiles import drawn
from backend.simulators.ranking import Ranker
from backend.simulators.script.actions import grammar, parse
from backend.simulators.script.base import Plan
from backend.simulators.script.recommender import RecommenderScript
from backend.simulators.script.seeker import SeekerScript
from backend.simulators.script.slots import NUMBERED, numbered
from backend.simulators.understanding import is_farewell

#: Where the shipped models lie.
CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"

#: Own turns of a recommender before it may say goodbye unasked.
STAYS = 3

#: Among how many of the best films the recommended one is drawn, the better the likelier.
BREADTH = 4


class InterplaySeeker(ModelledRole):
    """Plays a seeker by a model that knows its wish and no target.

    `controls` sets session variables (`mood`, `verbosity`, ...); what is not set is drawn, by
    seed, from the kinds of people in the training dialogues. `act` makes it commit to that act.
    """

    role = Role.SEEKER
    name: ClassVar[str] = "interplay"

    def __init__(
        self,
        *,
        model: str | None = None,
        name: str | None = None,
        controls: dict[str, str] | None = None,
        act: str | None = None,
        people: bool = True,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        folder = model or str(CHECKPOINTS / "seeker")
        super().__init__(
            name=name or self.name,
            simulator=self.name,
            model=folder,
            controls={**(controls or {}), **({"act": act} if act else {})},
            catalogue=catalogue,
            **settings,
        )
        self.session = dict(controls or {})
        self.act = ActKind(act) if act else None
        self.people = Path(folder) if people else None

    def script(self, view: SeekerView | InformedView, seed: int) -> SeekerScript:
        """The dialogue as the seeker has it."""
        script = SeekerScript(
            self.catalogue,
            {**drawn(self.people, seed), **self.session},
            brief=view.brief,
            targets=frozenset(view.targets) if isinstance(view, InformedView) else None,
        )
        script.read(view.turns)
        return script

    def grammar(self, script: SeekerScript, view: SeekerView) -> str:
        """Verdicts only on films that were named, wishes only from the brief."""
        heard = [slot for slot in script.slots if slot[1:].isdigit()]
        own = [numbered("@mine", at) for at in range(min(NUMBERED, len(script.unsaid_likes())))]
        wishes = list(dict.fromkeys(script.wish(a) for a in script.brief.attributes))
        return grammar(
            Role.SEEKER,
            heard=heard,
            own=own[:1],
            wishes=wishes,
            without=barred(view.turns, self.role),
            only=self.act,
        )

    def choose(self, script: SeekerScript, action: str, rng: random.Random) -> dict[str, str]:
        """Films it likes, for `@mine`."""
        likes = script.unsaid_likes()
        return {numbered("@mine", at): id_ for at, id_ in enumerate(likes[:NUMBERED])}

    def fault(
        self, text: str, named: Sequence[Item], plan: Plan, script: SeekerScript
    ) -> str | None:
        """Words that depart from the wish."""
        return unlike_wish(text, named, plan.acts, script.brief.attributes, self.catalogue)


class InterplayRecommender(ModelledRole):
    """Plays a recommender by a model that knows the dialogue alone."""

    role = Role.RECOMMENDER
    name: ClassVar[str] = "interplay"

    def __init__(
        self,
        *,
        model: str | None = None,
        name: str | None = None,
        controls: dict[str, str] | None = None,
        breadth: int = BREADTH,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        folder = model or str(CHECKPOINTS / "recommender")
        super().__init__(
            name=name or self.name,
            simulator=self.name,
            model=folder,
            controls={**(controls or {}), "breadth": breadth},
            catalogue=catalogue,
            **settings,
        )
        self.session = dict(controls or {})
        self.breadth = breadth
        self.ranker = Ranker.packaged(self.catalogue, Path(folder))

    def script(self, view: RecommenderView | InformedView, seed: int) -> RecommenderScript:
        """The dialogue as the recommender has it: its words, and no acts of the other side."""
        informed = isinstance(view, InformedView)
        script = RecommenderScript(
            self.catalogue,
            self.session,
            brief=view.brief if isinstance(view, InformedView) else None,
            targets=frozenset(view.targets)
            if isinstance(view, InformedView) and informed
            else frozenset(),
        )
        script.read(view.turns)
        return script

    def grammar(self, script: RecommenderScript, view: RecommenderView) -> str:
        """Queries only by what was understood; goodbye only once there is something to close."""
        wishes = [script.wish(a, wanted=w) for a, w in script.wanted.items()]
        without = barred(view.turns, self.role)
        own = sum(turn.role is self.role for turn in view.turns)
        if own < STAYS and not _is_closing(view.turns):
            without.add(ActKind.BYE)
        return grammar(
            Role.RECOMMENDER,
            heard=list(script.slots),
            wishes=[*dict.fromkeys(wishes), *(["~target"] if script.targets else [])],
            without=without,
        )

    def ranked(self, script: RecommenderScript, query: Sequence[str] | None = None) -> list[Item]:
        """All films by how well they fit, for the wishes of `query` or all that were understood."""
        every = [a for a, wanted in script.wanted.items() if wanted]
        wanted = every if query is None else [script.attribute(w) for w in query if w[0] == "+"]
        rest = [a for a in every if a not in wanted]
        unwanted = [a for a, is_wanted in script.wanted.items() if not is_wanted]
        # What was asked for and is not in the query is given up first, if anything has to be.
        return self.ranker.rank([*rest, *wanted], unwanted, script.liked, script.said_before)

    def choose(self, script: RecommenderScript, action: str, rng: random.Random) -> dict[str, str]:
        """Films that fit the query, for `@new`: drawn among the best, the better the likelier."""
        step = next((s for s in parse(action, self.role) if s.kind is ActKind.RECOMMEND), None)
        if step is None:
            return {}
        found = self.ranked(script, step.wishes)
        if "~target" in step.wishes:
            told = [i for i in found if i.id in script.targets]
            found = told or found
        new = [slot for slot in step.films if slot.startswith("@new")]
        if len(found) < len(new):
            raise ValueError("there is no film left to recommend")
        chosen: dict[str, str] = {}
        for slot in new:
            best = found[: self.breadth]
            item = rng.choices(best, [1 / (at + 1) for at in range(len(best))])[0]
            chosen[slot] = item.id
            found.remove(item)
        return chosen

    def fault(
        self, text: str, named: Sequence[Item], plan: Plan, script: RecommenderScript
    ) -> str | None:
        """Claims that the catalogue does not bear out."""
        return false_claim(text, named, plan, list(script.wanted), self.catalogue)


def _is_closing(turns: Sequence[Turn]) -> bool:
    return bool(turns) and is_farewell(turns[-1])
