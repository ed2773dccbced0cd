"""Standard and holistic evaluation: recommenders ranked with easy and with varied seekers.

Every recommender talks to the same scenarios in every arm. Standard arms: seekers that wait for a
hidden target, in entities or fixed sentences. Holistic arms: the same in language with slips,
hedged, or off the subject, and seekers that know no target. The false-progress index of one
recommender over another is its gain under the standard arms minus its gain under the holistic ones:
above 0, the standard protocol overstates the gain. The index is this project's own; the arms follow
the discussion of simulators in Zhu et al. 2024 and of holistic evaluation of conversational
recommenders in Jannach et al. 2021.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backend.catalogue import Catalogue
from backend.conversations.simulation import DialoguePlan, made
from backend.conversations.talk import view_of
from backend.dialogue import Dialogue, Role
from backend.metrics.outcome import offers, success
from backend.metrics.recall import recall
from backend.simulators import Simulator, simulator
from backend.simulators.arms import ArmSeeker, WordsOnly
from backend.simulators.asking import Asking
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import RESAMPLES, bootstrap_over, mean, missing, with_percentiles

#: Arm -> whether it belongs to the standard protocol.
ARMS: dict[str, bool] = {
    "entities": True,
    "templates": True,
    "noisy": False,
    "hedged": False,
    "off-topic": False,
    "target-free": False,
}
MEASURES = ("success", "recall@1", "recall@10")


@dataclass(frozen=True)
class Arms:
    """Outcomes of one recommender: measure -> arm -> a value a scenario, NaN where none."""

    recommender: str
    values: Mapping[str, Mapping[str, np.ndarray]]

    def estimate(self, measure: str, arm: str) -> Estimate:
        """The mean of an arm, resampling scenarios."""
        values = self.values[measure][arm]
        known = values[np.isfinite(values)]
        if not len(known):
            return missing("nothing was recommended", "dialogues", estimator="mean")
        return mean(known.tolist(), "dialogues")


def arms(
    name: str,
    planned: Sequence[DialoguePlan],
    catalogue: Catalogue,
    tell: Callable[[str], object] = lambda arm: None,
) -> Arms:
    """Let a recommender talk in every arm. Raises SimulatorError if there is none by this name."""
    recommender = simulator(name, Role.RECOMMENDER)
    values: dict[str, dict[str, np.ndarray]] = {measure: {} for measure in MEASURES}
    for arm in ARMS:
        tell(f"{name}, {arm}")
        seeker = ArmSeeker(
            language="templates" if arm == "target-free" else arm.replace("-", "_"),
            targeted=arm != "target-free",
            catalogue=catalogue,
        )
        # Models hear words alone anyway; only entities are passed on as such.
        other = (
            recommender
            if arm == "entities" or isinstance(recommender, Asking)
            else WordsOnly(recommender)
        )
        found = [_outcome(one, other, catalogue) for one in made(seeker, other, planned)]
        for at, measure in enumerate(MEASURES):
            values[measure][arm] = np.array([outcome[at] for outcome in found])
    return Arms(name, values)


def false_progress(
    better: Arms, other: Arms, measure: str = "success", *, seed: int = 0
) -> Estimate:
    """Gain of `better` over `other` under standard arms minus that under holistic ones.

    The interval resamples scenarios, the same for both recommenders and all arms.
    """
    gains = {arm: better.values[measure][arm] - other.values[measure][arm] for arm in ARMS}
    n = len(next(iter(gains.values())))
    rng = np.random.default_rng(seed)
    estimator = "gain under standard arms - gain under holistic arms"

    def index(rows: np.ndarray) -> float:
        means = {
            arm: np.nanmean(gain[rows]) if np.isfinite(gain[rows]).any() else np.nan
            for arm, gain in gains.items()
        }
        standard = [mean for arm, mean in means.items() if ARMS[arm]]
        holistic = [mean for arm, mean in means.items() if not ARMS[arm]]
        return float(np.mean(standard) - np.mean(holistic))

    value = index(np.arange(n))
    if not np.isfinite(value):
        why = f"an arm has no {measure} for both"
        return missing(why, "scenarios", estimator=estimator, n=n)
    resampled = np.array([index(rng.integers(0, n, n)) for _ in range(RESAMPLES)])
    return with_percentiles(
        value,
        resampled[np.isfinite(resampled)],
        n,
        "scenarios",
        estimator=estimator,
        interval=bootstrap_over("scenarios", seed),
    )


def markdown(found: Sequence[Arms]) -> str:
    """A table of arms for each measure, and the index of every later recommender over the first."""
    lines = []
    for measure in MEASURES:
        heads = [f"{arm} (standard)" if standard else arm for arm, standard in ARMS.items()]
        lines += [
            f"| {measure} | {' | '.join(heads)} |",
            f"|---|{'---|' * len(ARMS)}",
        ]
        for one in found:
            cells = [one.estimate(measure, arm).short for arm in ARMS]
            lines.append(f"| {one.recommender} | {' | '.join(cells)} |")
        lines.append("")
    if len(found) > 1:
        lines += [
            f"| false-progress index over {found[0].recommender} | {' | '.join(MEASURES)} |",
            f"|---|{'---|' * len(MEASURES)}",
        ]
        for one in found[1:]:
            cells = [false_progress(one, found[0], m).short for m in MEASURES]
            lines.append(f"| {one.recommender} | {' | '.join(cells)} |")
    return "\n".join(lines).rstrip()


def _outcome(
    found: object, recommender: Simulator, catalogue: Catalogue
) -> tuple[float, float, float]:
    """Success and recall of a dialogue; one that broke off is no success and has no ranking."""
    if not isinstance(found, Dialogue):
        return 0.0, float("nan"), float("nan")
    rank = getattr(recommender, "ranking", None)
    scenario = found.scenario
    turns = list(dict.fromkeys(offer.turn for offer in offers(found, catalogue)))
    if rank is None or scenario is None or not turns:
        return float(success(found, catalogue)), float("nan"), float("nan")
    at_one, at_ten = [], []
    for at in turns:
        view = view_of(recommender, Role.RECOMMENDER, scenario.brief, found.turns[:at], ())
        ranked = rank(view)
        at_one.append(recall(ranked, scenario.targets, 1))
        at_ten.append(recall(ranked, scenario.targets, 10))
    return float(success(found, catalogue)), float(np.mean(at_one)), float(np.mean(at_ten))
