"""The recommender of the Interplay pair: it knows only the dialogue.

Source: Interplay (arXiv 2603.18573); see `seeker.py`. It commits to a query; a film is looked up
in the catalogue (`ranking.py`), and its facts lie before the model that finds the words. Questions
about a film are answered with the catalogue's facts, or with an honest 'I don't know'.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from typing_extensions import override

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Role
from backend.language.preferences import Preferences
from backend.language.wordings import fill, recommender_lines
from backend.simulators import RecommenderView, SimulatorError
from backend.simulators.checkpoints import shipped
from backend.simulators.interplay.actions import Possible, Step, named_wish
from backend.simulators.interplay.ranking import Ranker
from backend.simulators.interplay.recommender_checks import (
    false_claim,
    is_unknown,
    no_recommendation,
    unanswered,
)
from backend.simulators.interplay.recommender_lines import NONE_LEFT, line_of
from backend.simulators.interplay.role import AdaptedRole, act_named, barred, first_words
from backend.simulators.interplay.script import RecommenderScript, TurnPlan
from backend.simulators.profiles import checked, variables_of

#: What a recommender hears that needs no further film.
SETTLED = frozenset({ActKind.ACCEPT, ActKind.INQUIRE, ActKind.BYE})

#: What a recommender hears that asks for another film, whatever else it hears.
ASKING_FOR_MORE = frozenset(
    {ActKind.REQUEST, ActKind.CRITIQUE, ActKind.REJECT, ActKind.SEEN, ActKind.DISCLOSE}
)

#: What a recommender hears that wants something, thanks or not.
WANTING = frozenset(
    {ActKind.REQUEST, ActKind.CRITIQUE, ActKind.REJECT, ActKind.DISCLOSE, ActKind.INQUIRE}
)

#: Words that end a search, whatever else they do.
THANKS = re.compile(r"\b(?:thanks?|thank you|thx|ty|cheers|that'?s (?:all|it)|perfect)\b", re.I)

#: Own turns of a recommender before it may say goodbye unasked.
MAX_STAY_TURNS = 10

#: Share of dialogues it begins in which it asks what is wanted before the seeker has said a word:
#: 263 of 800 of ReDial's training part.
ASKS_FIRST = 0.33

#: Own turns in which it may ask and chat before it recommends without knowing anything.
MAX_QUESTIONS = 3

#: Among how many of the best films the recommended one is drawn, the better the likelier.
BREADTH = 20


class InterplayRecommender(AdaptedRole):
    """Plays a recommender by a model that knows the dialogue alone.

    `breadth` is among how many of the best films the recommended one is drawn.
    """

    role = Role.RECOMMENDER
    simulator = "interplay"
    checkpoint = "recommender"
    usual: ClassVar[dict[str, float]] = {"temperature": 0.8, "min_p": 0.06}

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

    @property
    @override
    def variables(self) -> dict[str, tuple[str, ...]]:
        return variables_of(self.role, self.catalogue)

    def switches(self) -> dict[str, Any]:
        """Further settings that provenance keeps."""
        return {}

    @override
    def script(self, view: RecommenderView, seed: int) -> RecommenderScript:
        """The dialogue as the recommender has it: its words, and no acts of the other side."""
        script = RecommenderScript(self.catalogue, self.session, seed=seed)
        script.read(view.turns)
        return script

    @override
    def possible(self, script: RecommenderScript, view: RecommenderView) -> Possible:
        """An answer to a question, a film once there is something to go by, goodbye last."""
        wants = script.preferences
        own = sum(turn.role is self.role for turn in view.turns)
        heard = {act.kind for act in wants.heard}
        without = barred(view.turns, self.role)
        # 'Fine, thanks, and you?' is no thanks for a film.
        has_offered = Role.RECOMMENDER in script.named.values()
        is_thanked = has_offered and bool(THANKS.search(script.last_heard))
        has_thanked = is_thanked and not heard & WANTING
        if own < MAX_STAY_TURNS and ActKind.BYE not in heard and not has_thanked:
            without.add(ActKind.BYE)
        if ActKind.BYE not in heard and heard:
            without.add(ActKind.EXPLAIN)
        may = Possible(
            role=self.role,
            heard=_names(script.heard_films, script),
            wishes=list(dict.fromkeys(named_wish(a) for a in wants.wanted)),
            unwanted=list(dict.fromkeys(named_wish(a, wanted=False) for a in wants.unwanted)),
            # Small talk that names a film of before reads like a second recommendation.
            films={ActKind.CHAT: (), ActKind.ACKNOWLEDGE: ()},
            without=without,
            most_films=1 if heard else 2,
        )
        if self.act:
            told = replace(may, only=self.act)
            return told if told.grammar() else may
        if not view.turns and random.Random(f"{script.seed}/opens").random() >= ASKS_FIRST:
            return replace(may, must={ActKind.GREET}, without=set(ActKind) - {ActKind.CHAT})
        if question := _question(wants, script):
            names, code = question
            more = heard & {ActKind.REQUEST, ActKind.CRITIQUE}
            return replace(
                may,
                must={ActKind.INFORM},
                films={**may.films, ActKind.INFORM: names},
                codes={ActKind.INFORM: (code,)} if code else {},
                without=set(ActKind) - ({ActKind.RECOMMEND} if more else set()) - {ActKind.INFORM},
            )
        if _asks_in_vain(wants):
            return replace(may, must={ActKind.CHAT}, without=set(ActKind))
        if ActKind.BYE in heard or has_thanked:
            closing = {ActKind.ACKNOWLEDGE, ActKind.CHAT}
            return replace(may, must={ActKind.BYE}, without=set(ActKind) - closing)
        knows = bool(wants.wanted or wants.liked or wants.unwanted) or own >= MAX_QUESTIONS
        asked_for = heard & ASKING_FOR_MORE and (knows or own)
        if ActKind.ACCEPT in heard and not heard & {ActKind.REQUEST, ActKind.CRITIQUE}:
            closing = {ActKind.ACKNOWLEDGE, ActKind.CHAT, ActKind.BYE}
            # People often name another film after one was taken.
            more = {*closing, ActKind.RECOMMEND}
            return replace(may, without={*(set(ActKind) - more), *without})
        without |= {ActKind.INFORM}
        if asked_for or (own and knows and not heard & SETTLED):
            return replace(may, must={ActKind.RECOMMEND}, without={*without, ActKind.ELICIT})
        if not knows:
            return replace(may, without={*without, ActKind.RECOMMEND})
        return replace(may, without=without)

    def ranked(self, wants: Preferences, query: Sequence[str] | None = None) -> list[Item]:
        """All films by how well they fit, for the wishes of `query` or all that were understood."""
        every = list(wants.wanted)
        wanted = every if query is None else [a for a in every if named_wish(a) in query]
        rest = [a for a in every if a not in wanted]
        # What was asked for and is not in the query is given up first, if anything has to be.
        return self.ranker.rank([*rest, *wanted], wants.unwanted, wants.liked, wants.allows)

    def ranking(self, view: RecommenderView) -> list[str]:
        """Ids of all films, by how well they fit what was said."""
        return [item.id for item in self.ranked(self.script(view, seed=0).preferences)]

    @override
    def commit(
        self, steps: Sequence[Step], script: RecommenderScript, rng: random.Random
    ) -> tuple[Act, ...]:
        """The acts of an action; films to recommend are drawn among the best, by rank."""
        wants = script.preferences
        if _asks_in_vain(wants) and not self.act:
            return (Act(kind=ActKind.INFORM, code=wants.asked[0].code),)
        asked = [id_ for act in wants.asked for id_ in act.items if id_ in script.catalogue]
        by_name = {script.name(id_): id_ for id_ in [*asked, *script.heard_films, *wants.at_hand]}
        by_wish = {named_wish(a): a for a in wants.wanted}
        new: tuple[str, ...] = ()
        acts = []
        for step in steps:
            items = tuple(by_name[name] for name in step.films)
            if step.kind is ActKind.RECOMMEND:
                items = new = self._drawn(wants, step, rng)
                if not items:
                    return (Act(kind=ActKind.CHAT, code=NONE_LEFT),)
            elif step.kind is ActKind.EXPLAIN and not items:
                items = new
            wished = tuple(by_wish[w] for w in step.wishes if w in by_wish)
            acts.append(Act(kind=step.kind, items=items, attributes=wished, code=step.code))
        if ActKind.BYE not in {act.kind for act in wants.heard}:
            # Whoever offers a film or answers a question waits for what is said to it.
            waits = any(act.kind in {ActKind.RECOMMEND, ActKind.INFORM} for act in acts)
            acts = [act for act in acts if not (waits and act.kind is ActKind.BYE)]
        # 'It' of an answer is the film asked about: the answer comes before another film is named.
        return tuple(sorted(acts, key=lambda act: act.kind is not ActKind.INFORM))

    def _drawn(self, wants: Preferences, step: Step, rng: random.Random) -> tuple[str, ...]:
        found = self.ranked(wants, step.wishes or None)
        chosen: list[str] = []
        for _ in range(min(step.count, len(found))):
            best = [item for item in found if item.id not in chosen][: self.breadth]
            weights = [1 / (at + 3) for at in range(len(best))]
            chosen.append(rng.choices(best, weights)[0].id)
        return tuple(chosen)

    @override
    def fault(
        self, text: str, named: Sequence[Item], plan: TurnPlan, script: RecommenderScript
    ) -> str | None:
        """Claims that the catalogue does not bear out, and questions left unanswered."""
        asked = list(script.preferences.wanted)
        return (
            false_claim(text, named, plan, asked, self.catalogue)
            or no_recommendation(text, plan.acts)
            or unanswered(text, plan)
        )

    @override
    def is_worded(self, plan: TurnPlan) -> bool:
        """Whether `opening` words all of a plan.

        Templates say that a fact or a film is not known. They answer, too, where another film is
        recommended beside: a model mixes up what it says of two films.
        """
        kinds = {act.kind for act in plan.acts}
        return {ActKind.INFORM, ActKind.RECOMMEND} <= kinds or any(
            act.code == NONE_LEFT or is_unknown(act, plan.films) for act in plan.acts
        )

    @override
    def opening(self, plan: TurnPlan, script: RecommenderScript, rng: random.Random) -> str:
        """Plain sentences, one for each act that has one."""
        said = [turn.text for turn in script.turns]
        lines = []
        for act in plan.acts:
            items = [self.catalogue.get(i) for i in act.items if i in self.catalogue]
            first: list[Item | None] = [*items[:1]] or [None]
            for item in items if act.kind is ActKind.RECOMMEND else first:
                line, slots = line_of(act, item)
                if line:
                    lines.append(fill(recommender_lines(line), rng, said, **slots))
        return first_words(" ".join(lines))


def _question(wants: Preferences, script: RecommenderScript) -> tuple[list[str], str | None] | None:
    """The film that was asked about and what was asked of it; None if nothing was.

    Of several questions the first that asks for one fact is answered: 'Is it new? What year?'
    """
    for act in sorted(wants.asked, key=lambda act: act.code in {None, "genre"}):
        names = _names([i for i in act.items if i in script.catalogue], script)
        if names:
            return names[:1], act.code
    return None


def _asks_in_vain(wants: Preferences) -> bool:
    """Whether a fact is asked of a film that nobody knows."""
    return any(act.code for act in wants.asked) and not any(act.items for act in wants.asked)


def _names(ids: Sequence[str], script: RecommenderScript) -> list[str]:
    return list(dict.fromkeys(script.name(i) for i in ids if i in script.catalogue))
