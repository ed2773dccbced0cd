"""The seeker of the Interplay pair: it has a wish and knows no target.

Source: Interplay (arXiv 2603.18573): two separately fine-tuned models talk turn by turn; the
seeker has a preference summary and target attributes, the recommender the dialogue alone. The
paper publishes no code: script, models, retrieval and checks are this project's own.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from backend.catalogue import Catalogue, Item
from backend.dialogue import ActKind, Brief, Role
from backend.language.wishes import find_wishes
from backend.simulators import InformedView, SeekerView
from backend.simulators.checkpoints import shipped
from backend.simulators.interplay.checks import unlike_wish
from backend.simulators.interplay.modelled import ModelledRole, act_named, barred
from backend.simulators.interplay.standing import Standing
from backend.simulators.interplay.tastes import liked, names_films
from backend.simulators.profiles import checked, drawn, variables_of
from backend.simulators.script.actions import TELLING, Possible
from backend.simulators.script.base import Plan
from backend.simulators.script.seeker import SeekerScript
from backend.simulators.script.slots import NUMBERED, numbered

#: Acts that settle what becomes of a film, or put it off: one of them at a time.
VERDICTS = frozenset({ActKind.ACCEPT, ActKind.REJECT, ActKind.SEEN, ActKind.INQUIRE})


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
    usual: ClassVar[dict[str, float]] = {"temperature": 1.4, "min_p": 0.012}

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
        self.act = act_named(act, self.role)
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
        brief = _understood(view.brief, self.catalogue)
        script = SeekerScript(
            self.catalogue,
            {**drawn(self.people, seed), **self.session},
            brief=liked(brief, self.session, seed, self.catalogue),
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
        if may.own and stand.own % 2 and names_films(self.session):
            return replace(may, wishes=(), must={ActKind.DISCLOSE}, naming=True)
        if self.session.get("strictness") == "strict" and stand.unjudged:
            films = dict.fromkeys((ActKind.REJECT, ActKind.CRITIQUE), stand.unjudged)
            return replace(may, must=films, films={**may.films, **films})
        if unsaid and stand.own:
            return replace(may, wishes=unsaid, must=TELLING)
        if self.session.get("strictness") == "easy":
            return replace(may, without={*may.without, ActKind.REJECT, ActKind.CRITIQUE})
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


def _understood(brief: Brief, catalogue: Catalogue) -> Brief:
    """The brief with the attributes its summary speaks of, where it lists none."""
    if brief.attributes:
        return brief
    found = tuple(w.attribute for w in find_wishes(brief.summary, catalogue) if w.wanted)
    return brief.model_copy(update={"attributes": found})
