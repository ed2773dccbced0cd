"""Success: whether a film was accepted, after how many turns and offers, and whether it fits.

Success rate as in Interplay (arXiv 2603.18573) and iEvaLM (Wang et al. 2023): the seeker accepts
what was recommended. By acts, so only where turns carry acts; what a simulator committed to is more
reliable there than acts labelled by rule.
"""

from typing import ClassVar

from typing_extensions import override

from backend.dialogue import ActKind, Dialogue, Role
from backend.metrics.base import Metric, Missing, Value
from backend.metrics.outcome import calibration, offers, recommended

#: What is scored.
NAMES = (
    "success",
    "turns to success",
    "acceptance round ratio",
    "accepted, fitting",
    "accepted, contradicting",
)


class Success(Metric):
    """`success` (0 or 1), `turns to success`, `acceptance round ratio`, and how acceptance fits.

    `acceptance round ratio`: rounds with an acceptance over rounds in which something was
    recommended. `accepted, fitting` and `accepted, contradicting`: shares of the films offered that
    meet every wish, or lack one, that are accepted: the calibration of acceptance.
    """

    name: ClassVar[str] = "success"
    about: ClassVar[str] = "whether, how soon and how rightly a film was accepted"
    films_only: ClassVar[bool] = True

    @override
    def of(self, dialogue: Dialogue) -> dict[str, Value]:
        why = _no_acts(dialogue)
        if why:
            return dict.fromkeys(NAMES, why)
        made = list(offers(dialogue, self.tools.catalogue))
        taken = [offer for offer in made if offer.decision == "accept"]
        rounds = {offer.turn for offer in made}
        return {
            "success": float(bool(taken)) if made else Missing("nothing was recommended"),
            "turns to success": (
                float(self._turn_taken(dialogue, {offer.item for offer in taken}))
                if taken
                else Missing("nothing was accepted")
            ),
            "acceptance round ratio": (
                len({offer.turn for offer in taken}) / len(rounds)
                if rounds
                else Missing("nothing was recommended")
            ),
            **self._calibrated(dialogue),
        }

    def _turn_taken(self, dialogue: Dialogue, items: set[str]) -> int:
        """Number, from 1, of the first turn that accepts one of the items."""
        catalogue = self.tools.catalogue
        for number, turn in enumerate(dialogue.turns, 1):
            for act in turn.acts:
                own = {catalogue.get(i).id for i in act.items if i in catalogue}
                if act.kind is ActKind.ACCEPT and own & items:
                    return number
        raise AssertionError("an accepted offer has a turn that accepts it")

    def _calibrated(self, dialogue: Dialogue) -> dict[str, Value]:
        if dialogue.scenario is None or not dialogue.scenario.brief.attributes:
            unknown = Missing("no wish is known")
            return {"accepted, fitting": unknown, "accepted, contradicting": unknown}
        counts = calibration([dialogue], self.tools.catalogue)
        return {
            name: accepted / made if made else Missing("no such film was offered")
            for name, (accepted, _, made) in (
                ("accepted, fitting", counts["match"]),
                ("accepted, contradicting", counts["contradict"]),
            )
        }


def _no_acts(dialogue: Dialogue) -> Missing | None:
    if not any(turn.acts for turn in dialogue.turns_of(Role.SEEKER)):
        return Missing("the seeker's turns carry no acts")
    if not any(recommended(turn) for turn in dialogue.turns):
        return Missing("no turn recommends an item by its acts")
    return None
