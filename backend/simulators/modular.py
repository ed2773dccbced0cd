"""A recommender put together of parts: understanding, retrieval, knowledge, guidance, generation.

The anatomy of holistic conversational recommenders (Li et al. 2023, 'A conversation is worth a
thousand recommendations'): language generation with external knowledge and external guidance,
each of which can be switched off to see what it is worth.
"""

from collections.abc import Collection, Sequence
from typing import Any

from typing_extensions import override

from backend.catalogue import Item
from backend.dialogue import ActKind, Turn
from backend.simulators.interplay.recommender import InterplayRecommender
from backend.simulators.script.recommender import RecommenderScript

#: Wishes that are understood before guidance stops asking, and questions it asks at most.
ENOUGH, QUESTIONS = 2, 2


class ModularRecommender(InterplayRecommender):
    """Retrieval over the catalogue, and the shipped model for the words.

    `knowledge`: films are looked up by facts, and their facts lie before the model; without, by
    popularity and by what is named together with films the seeker likes. `guidance`: a policy
    chooses the act (ask while little is known, then recommend, answer what was asked); without,
    the model does.
    """

    simulator = "modular"

    def __init__(self, *, knowledge: bool = True, guidance: bool = True, **settings: Any) -> None:
        self.knowledge, self.guidance = knowledge, guidance
        super().__init__(**settings)

    @override
    def switches(self) -> dict[str, Any]:
        return {"knowledge": self.knowledge, "guidance": self.guidance}

    @override
    def script(self, view: Any, seed: int) -> RecommenderScript:
        script = super().script(view, seed)
        script.knows_facts = self.knowledge
        return script

    @override
    def ranked(self, script: RecommenderScript, query: Any = None) -> list[Item]:
        if self.knowledge:
            return super().ranked(script, query)
        return self.ranker.rank((), (), script.liked, script.said_before)

    @override
    def policy(
        self, script: RecommenderScript, heard: Collection[ActKind], turns: Sequence[Turn]
    ) -> ActKind | None:
        if not self.guidance or not turns:
            return None
        if ActKind.BYE in heard:
            return ActKind.BYE
        if ActKind.INQUIRE in heard and script.slots:
            return ActKind.INFORM
        asked = sum(turn.does(ActKind.ELICIT) for turn in turns if turn.role is self.role)
        if len(script.wanted) + len(script.liked) < ENOUGH and asked < QUESTIONS:
            return ActKind.ELICIT
        return ActKind.RECOMMEND
