"""A recommender composed of understanding, retrieval, knowledge, guidance and generation.

The anatomy of holistic conversational recommenders (Li et al. 2023, 'A conversation is worth a
thousand recommendations'): language generation with external knowledge and external guidance,
each of which can be switched off to see what it is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import override

from backend.catalogue import Item
from backend.dialogue import ActKind
from backend.language.preferences import Preferences
from backend.simulators import RecommenderView
from backend.simulators.interplay.actions import Possible
from backend.simulators.interplay.recommender import InterplayRecommender
from backend.simulators.interplay.script import RecommenderScript

#: Wishes and liked films that are understood before guidance recommends, and questions at most.
ENOUGH, MAX_QUESTIONS = 2, 2


@dataclass
class UninformedScript(RecommenderScript):
    """A dialogue as a recommender has it that knows films by their titles alone."""

    @override
    def facts(self, films: Sequence[Item]) -> str:
        return f" = {' | '.join(item.name for item in films)}" if films else ""


class ModularRecommender(InterplayRecommender):
    """Retrieval over the catalogue, and the shipped model for the words.

    `knowledge`: films are looked up by facts, and their facts lie before the model; without, by
    popularity and by what is named together with films the seeker likes. `guidance`: a policy
    chooses the act (ask while little is known, then recommend); without, the model does.
    """

    simulator = "modular"

    def __init__(self, *, knowledge: bool = True, guidance: bool = True, **settings: Any) -> None:
        self.knowledge, self.guidance = knowledge, guidance
        super().__init__(**settings)

    @override
    def switches(self) -> dict[str, Any]:
        return {"knowledge": self.knowledge, "guidance": self.guidance}

    @override
    def script(self, view: RecommenderView, seed: int) -> RecommenderScript:
        script = super().script(view, seed)
        if self.knowledge:
            return script
        blind = UninformedScript(self.catalogue, self.session)
        blind.read(view.turns)
        return blind

    @override
    def ranked(self, wants: Preferences, query: Sequence[str] | None = None) -> list[Item]:
        if self.knowledge:
            return super().ranked(wants, query)
        found = self.ranker.rank((), (), wants.liked)
        return [item for item in found if item.id not in wants.named]

    @override
    def possible(self, script: RecommenderScript, view: RecommenderView) -> Possible:
        may = super().possible(script, view)
        wants = script.preferences
        settled = {ActKind.INQUIRE, ActKind.BYE, ActKind.ACCEPT} & {a.kind for a in wants.heard}
        if not self.guidance or self.act or settled or not view.turns:
            return may
        asked = sum(turn.does(ActKind.ELICIT) for turn in view.turns if turn.role is self.role)
        if len(wants.wanted) + len(wants.liked) < ENOUGH and asked < MAX_QUESTIONS:
            return replace(may, must={ActKind.ELICIT}, without={*may.without, ActKind.RECOMMEND})
        return replace(may, must={ActKind.RECOMMEND}, without={*may.without, ActKind.ELICIT})
