"""How often each interval holds what was planted, by simulation: the table in docs/statistics.md.

python -m tests.backend.statistics.coverage --simulations 1000
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from backend.statistics.bootstrap import Resampling, percentiles
from backend.statistics.discrimination import identify
from backend.statistics.sensitivity import dprime

RESAMPLES = 400
RATERS = 30
JUDGMENTS = 20


@dataclass(frozen=True)
class World:
    """How raters and dialogues vary, in standard deviations of the evidence of one judgment."""

    name: str
    sensitivity: float = 0.0
    criterion: float = 0.0
    dialogue: float = 0.0
    planted: float = 1.0
    dialogues: int = 30

    @property
    def truth(self) -> dict[str, float]:
        """What an unlimited sample of raters and dialogues would show, by quantity."""
        spread = self.sensitivity**2 / 4 + self.criterion**2 + self.dialogue**2
        pooled = float(self.planted / np.sqrt(1 + spread))
        return {"d'": pooled, "fooled rate": float(stats.norm.sf(pooled / 2))}

    def judge(self, rng: np.random.Generator) -> pd.DataFrame:
        """One study: every rater judges half simulated, half human dialogues."""
        sensitivity = self.planted + rng.normal(0, self.sensitivity, RATERS)
        criterion = rng.normal(0, self.criterion, RATERS)
        evidence = rng.normal(0, self.dialogue, (2, self.dialogues))
        rows: list[tuple[int, int, int, bool]] = []
        for rater in range(RATERS):
            for side in (0, 1):
                shown = rng.choice(self.dialogues, JUDGMENTS // 2, replace=False)
                strength = (side - 0.5) * sensitivity[rater] + evidence[side, shown]
                answers = strength + rng.normal(0, 1, len(shown)) > criterion[rater]
                rows += [
                    (rater, side * 1000 + dialogue, side, bool(answer))
                    for dialogue, answer in zip(shown, answers, strict=True)
                ]
        frame = pd.DataFrame(rows, columns=["rater", "dialogue", "simulated", "said_simulated"])
        return frame.assign(system="s", simulated=frame["simulated"] == 1)


WORLDS = (
    World("plain"),
    World("raters vary", sensitivity=0.6, criterion=0.5),
    World("dialogues vary", dialogue=0.5),
    World("both vary", sensitivity=0.6, criterion=0.5, dialogue=0.5),
    World("both vary, 10 dialogues a side", 0.6, 0.5, 0.5, dialogues=10),
)


def coverage(world: World, method: str, simulations: int, seed: int = 0) -> pd.DataFrame:
    """Share of simulated studies whose 95% interval holds the truth, and its mean width.

    One row a quantity; columns world, method, quantity, covered, width, n. `method` is one of
    `Clusters`, or 'pigeonhole': the percentile interval of raters times dialogues (Owen 2007).
    """
    rng = np.random.default_rng(seed)
    rows = []
    for simulation in range(simulations):
        frame = world.judge(rng)
        for quantity, (low, high) in _intervals(frame, method, simulation).items():
            truth = world.truth[quantity]
            rows.append((world.name, method, quantity, low <= truth <= high, high - low))
    seen = pd.DataFrame(rows, columns=["world", "method", "quantity", "covered", "width"])
    groups = seen.groupby(["world", "method", "quantity"], sort=False)
    return groups.agg(
        covered=("covered", "mean"), width=("width", "mean"), n=("width", "size")
    ).reset_index()


def _intervals(frame: pd.DataFrame, method: str, seed: int) -> dict[str, tuple[float, float]]:
    if method == "pigeonhole":
        return {"d'": _pigeonhole(frame, seed)}
    how = Resampling(clusters=method, resamples=RESAMPLES, seed=seed)  # type: ignore[arg-type]
    return {
        e.quantity: (e.low, e.high)
        for e in identify(frame, how=how)
        if e.group is None and e.quantity in ("d'", "fooled rate")
        if e.low is not None and e.high is not None
    }


def _pigeonhole(frame: pd.DataFrame, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    weights = np.ones((RESAMPLES, len(frame)))
    for column in ("rater", "dialogue"):
        codes, names = pd.factorize(frame[column])
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
        weights *= drawn[:, codes]
    truth, said = frame["simulated"].to_numpy(), frame["said_simulated"].to_numpy()
    counts = [weights[:, cell].sum(axis=1) for cell in
              (truth & said, truth & ~said, ~truth & said, ~truth & ~said)]  # fmt: skip
    return percentiles(dprime(*counts), 0.95)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    simulations = parser.parse_args().simulations
    for method in ("two-way", "raters", "dialogues", "nested", "pigeonhole"):
        for world in WORLDS:
            print(coverage(world, method, simulations).to_string(header=False), flush=True)


if __name__ == "__main__":
    main()
