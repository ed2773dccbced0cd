"""One row of the evaluation table: the figures of the dialogues of a pair of systems."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from backend.catalogue import Catalogue
from backend.conversations.talk import Broken, view_of
from backend.dialogue import Dialogue, Role, Turn, merged
from backend.metrics.distinct import distinct
from backend.metrics.leakage import audit
from backend.metrics.outcome import calibration, match_score, offers, success
from backend.metrics.recall import by_chance, recall
from backend.simulators import Simulator
from backend.simulators.acts import ACTS
from backend.simulators.interplay.checks import other_role
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import mean, missing, ratio, share, statistic

#: Ranks that recall is measured at.
AT = (1, 10)

#: Why a number of the words of all dialogues has no interval here.
WITHOUT = "an interval is in the table of behaviour"


def figures(
    found: Sequence[Dialogue | Broken], recommender: Simulator | None, catalogue: Catalogue
) -> dict[str, Estimate]:
    """The figures of a pair's dialogues by name. One that broke off counts as no success."""
    dialogues = [one for one in found if isinstance(one, Dialogue)]
    made = {
        "success rate": share(
            sum(success(d, catalogue) for d in dialogues), len(found), "dialogues"
        ),
        **_calibrated(dialogues, catalogue),
        "match score": mean(
            [s for d in dialogues if (s := match_score(d, catalogue)) is not None],
            "accepting dialogues",
        ),
        **_recalled(dialogues, recommender, catalogue),
        "valid actions": share(*_valid(dialogues), "turns"),
        "role swap, seeker": swapped(dialogues, Role.SEEKER),
        "role swap, recommender": swapped(dialogues, Role.RECOMMENDER),
        "turns": mean([float(len(d.turns)) for d in dialogues], "dialogues"),
        "broken off": share(len(found) - len(dialogues), len(found), "dialogues"),
    }
    n, leaks = audit(dialogues, catalogue)
    made["leaks"] = share(len({leak.dialogue for leak in leaks}), n, "dialogues")
    return made


def language(dialogues: Sequence[Dialogue], budget: int) -> dict[str, Estimate]:
    """Figures of the seekers' words, for people and simulators alike."""
    texts = seeker_texts(dialogues)
    made = {
        "median words": statistic(
            [float(len(text.split())) for text in texts],
            lambda v: float(median(v)),
            "turns",
            estimator="median",
        )
    }
    for n in (2, 4):
        value = distinct(texts, n, budget=budget)
        none = missing(
            f"fewer than {budget} tokens", "tokens", estimator=f"Dist-{n}", n=budget if value else 0
        )
        made[f"Dist-{n}"] = (
            none if value is None else none.measured(value, interval_missing=WITHOUT)
        )
    return made


def seeker_texts(dialogues: Sequence[Dialogue]) -> list[str]:
    """The seekers' turns, several in a row as one."""
    return [t.text for d in dialogues for t in merged(d.turns) if t.role is Role.SEEKER]


def _calibrated(dialogues: Sequence[Dialogue], catalogue: Catalogue) -> dict[str, Estimate]:
    made = {}
    for kind, name in (("match", "P(accept | match)"), ("contradict", "P(accept | contradict)")):
        counts = [calibration([d], catalogue)[kind] for d in dialogues]
        made[name] = ratio([(a, d) for a, d, _ in counts], "offers decided")
        made[f"{name}, all offers"] = ratio([(a, m) for a, _, m in counts], "offers")
    return made


def _recalled(
    dialogues: Sequence[Dialogue], recommender: Simulator | None, catalogue: Catalogue
) -> dict[str, Estimate]:
    """Recall of hidden targets at every recommending turn, averaged by dialogue."""
    rank: Any = getattr(recommender, "ranking", None)
    if rank is None or recommender is None:
        why = "the recommender gives no ranking"
        return {f"recall@{k}": missing(why, "dialogues", estimator="mean") for k in AT}
    popular = [item.id for item in catalogue.by_popularity]
    found: dict[str, list[float]] = {}
    for dialogue in dialogues:
        scenario = dialogue.scenario
        turns = list(dict.fromkeys(offer.turn for offer in offers(dialogue, catalogue)))
        if scenario is None or not turns:
            continue
        of_turn: dict[str, list[float]] = {}
        for at in turns:
            said = dialogue.turns[:at]
            view = view_of(recommender, Role.RECOMMENDER, scenario.brief, said, scenario.targets)
            ranked = rank(view)
            named = {m.item for turn in said for m in turn.mentions}
            left = [id_ for id_ in popular if id_ not in named]
            for k in AT:
                of_turn.setdefault(f"recall@{k}", []).append(recall(ranked, scenario.targets, k))
                of_turn.setdefault(f"recall@{k}, popularity", []).append(
                    recall(left, scenario.targets, k)
                )
        for name, values in of_turn.items():
            found.setdefault(name, []).append(sum(values) / len(values))
    made = {name: mean(values, "dialogues") for name, values in found.items()}
    for k in AT:
        nothing = missing("nothing was recommended", "dialogues", estimator="mean")
        made.setdefault(f"recall@{k}", nothing)
        chance = missing("not computed", "items", estimator="k / items", n=len(popular))
        made[f"recall@{k}, random"] = chance.measured(
            by_chance(len(popular), k), interval_missing="computed, not sampled"
        )
    return made


def _valid(dialogues: Sequence[Dialogue]) -> tuple[int, int]:
    """Turns with acts of their role, whose verdicts are about films that were offered."""
    good = n = 0
    for dialogue in dialogues:
        known: set[str] = set()
        for turn in dialogue.turns:
            n += 1
            good += bool(turn.acts) and all(
                act.kind in ACTS[turn.role]
                and (turn.role is Role.RECOMMENDER or known.issuperset(_judged(act)))
                for act in turn.acts
            )
            known |= _named(turn)
    return good, n


def _judged(act: Any) -> tuple[str, ...]:
    return act.items if act.kind.value in {"accept", "reject", "critique"} else ()


def _named(turn: Turn) -> set[str]:
    return {m.item for m in turn.mentions if m.item} | {i for a in turn.acts for i in a.items}


def swapped(dialogues: Sequence[Dialogue], role: Role) -> Estimate:
    """Turns in the words of the other role."""
    turns = [t for d in dialogues for t in d.turns if t.role is role]
    return share(sum(other_role(t.text, role) for t in turns), len(turns), "turns")
