"""A ranked table of metrics by their correlation with judgments, at each level, with intervals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from annotations import records
from annotations.validity.opinions import Opinion, points, reliability_of, said
from backend.database import Database
from backend.pool import Pool
from backend.statistics.bootstrap import DEFAULT, Resampling
from backend.statistics.contrasts import Test, adjusted, against_none, compare
from backend.statistics.correlation import Coefficient, Level, correlation, within_systems
from backend.statistics.estimate import Estimate
from backend.statistics.reliability import ceiling


@dataclass(frozen=True)
class MetricRow:
    """Correlations of one metric with one question.

    `absent` counts judged units for which the metric has no value; `why` is the most frequent
    reason. `p_none` tests whether the metric has to do with the judgments at all, adjusted for
    picking the best of the table. `against_best` tests the metric against the first of the table,
    with Holm-adjusted `p`.
    """

    metric: str
    version: str
    estimates: dict[str, Estimate]
    within: Estimate
    absent: int
    why: str | None
    p_none: float | None
    against_best: Test | None
    p: float | None
    points: pd.DataFrame


@dataclass(frozen=True)
class Correlated:
    """All metrics' correlations with one question, the largest absolute coefficient first."""

    opinion: Opinion
    level: Level
    kind: Coefficient
    units: int
    answers: int
    raters: int | None
    reliability: Estimate
    rows: list[MetricRow]

    @property
    def ceiling(self) -> Estimate:
        """The highest correlation to expect, given how far raters agree."""
        return ceiling(self.reliability)

    @property
    def caution(self) -> str | None:
        """Why no metric can be chosen by this table; None where nothing speaks against it."""
        reliable = self.reliability
        if reliable.value is not None and (reliable.value <= 0 or (reliable.low or 0) <= 0):
            return (
                "The raters' means can't be told from noise (their reliability is "
                f"{reliable.short}). A metric that correlates with them does so by chance."
            )
        return None

    def as_json(self) -> dict[str, Any]:
        """Return everything except the points, for JSON."""
        return {
            "source": self.opinion.source,
            "question": self.opinion.question,
            "level": self.level,
            "ranked by": self.kind,
            "units": self.units,
            "answers": self.answers,
            "raters": self.raters,
            "reliability": self.reliability.model_dump(mode="json"),
            "ceiling": self.ceiling.model_dump(mode="json"),
            "caution": self.caution,
            "metrics": [
                {
                    "metric": row.metric,
                    "version": row.version,
                    "missing": {"units": row.absent, "because": row.why},
                    "correlations": {
                        kind: estimate.model_dump(mode="json")
                        for kind, estimate in row.estimates.items()
                    },
                    "within systems": row.within.model_dump(mode="json"),
                    "p against no correlation, max T": row.p_none,
                    "against the best": None
                    if row.against_best is None
                    else {**vars(row.against_best), "holm": row.p},
                }
                for row in self.rows
            ],
        }


def correlate(
    database: Database,
    opinion: Opinion,
    *,
    level: Level = "dialogue",
    kind: Coefficient = "spearman",
    metrics: Collection[str] | None = None,
    kinds: Sequence[Coefficient] | None = None,
    crowd: str = records.PEOPLE,
    excluded: bool = False,
    how: Resampling = DEFAULT,
) -> Correlated:
    """Correlate metrics with people's answers: all metrics that have any score, or those named.

    At dialogue and system level a question asked per turn counts as its mean over turns, and so
    does a metric that scores turns only. `kind` is the coefficient for the ranking, `kinds` are
    further ones to compute. Raises StudyError if the study does not exist.
    """
    wanted = tuple(dict.fromkeys((kind, *(kinds or ()))))
    answers = said(database, opinion, crowd=crowd, excluded=excluded)
    per_turn = level == "turn"
    judged = points(answers, per_turn=per_turn)
    if per_turn and not opinion.per_turn:
        judged = judged.iloc[:0]
    scores = _scores(database, judged, per_turn)
    if metrics is not None:
        scores = scores[scores["metric"].isin(list(metrics))]
    rows = [
        _row(str(metric), mine, judged, level, wanted, how)
        for metric, mine in scores.groupby("metric", sort=True)
    ]
    rows.sort(key=lambda row: -abs(row.estimates[kind].value or 0.0))
    return Correlated(
        opinion=opinion,
        level=level,
        kind=kind,
        units=int(judged["system"].nunique()) if level == "system" else len(judged),
        answers=len(answers),
        raters=None if answers["rater"].isna().any() else int(answers["rater"].nunique()),
        reliability=reliability_of(answers, level=level, how=how),
        rows=_tested(rows, kind, level, how.seed),
    )


def scored(
    database: Database, opinion: Opinion, *, per_turn: bool, crowd: str = records.PEOPLE
) -> dict[str, str]:
    """Map each metric that has a value for any judged unit to its version."""
    judged = points(said(database, opinion, crowd=crowd), per_turn=per_turn)
    scores = _scores(database, judged, per_turn)
    known = scores[scores["value"].notna()].sort_values("metric", kind="stable")
    return dict(zip(known["metric"], known["version"], strict=True))


def _scores(database: Database, judged: pd.DataFrame, per_turn: bool) -> pd.DataFrame:
    """One row per metric and unit, from the version scored last; for pairs, the difference."""
    pairs = "second" in judged
    dialogues = {*judged["dialogue"], *(judged["second"] if pairs else ())}
    scores = Pool(database).scores()
    scores = scores[scores["dialogue"].isin(dialogues)]
    last = scores.groupby("metric", sort=False)["version"].transform("last")
    scores = scores[scores["version"] == last]
    if per_turn:
        scores = scores[scores["turn"].notna()]
        unit = scores["dialogue"] + "#" + scores["turn"].astype("Int64").astype("str")
        return scores.assign(unit=unit)
    whole = scores[scores["turn"].isna()]
    turns = scores[~scores["metric"].isin(whole["metric"].unique())]
    means = (
        turns.groupby(["metric", "version", "dialogue"], sort=False)
        .agg(value=("value", "mean"), missing=("missing", "first"))
        .reset_index()
    )
    found = pd.concat([whole, means], ignore_index=True)
    return _differences(found, judged) if pairs else found.assign(unit=found["dialogue"])


def _differences(scores: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """A metric's value for the first dialogue of each pair minus its value for the second."""
    columns = ["dialogue", "metric", "version", "value", "missing"]
    both = (
        judged[["unit", "dialogue", "second"]]
        .merge(scores[columns], on="dialogue")
        .merge(
            scores[["dialogue", "metric", "value", "missing"]].rename(
                columns={"dialogue": "second"}
            ),
            on=["second", "metric"],
            suffixes=("", "_second"),
        )
    )
    missing = both["missing"].fillna(both["missing_second"])
    return both.assign(value=both["value"] - both["value_second"], missing=missing)


def _row(
    metric: str,
    scores: pd.DataFrame,
    judged: pd.DataFrame,
    level: Level,
    kinds: Sequence[Coefficient],
    how: Resampling,
) -> MetricRow:
    mine = scores[["unit", "value", "missing"]].rename(columns={"value": "score"})
    both = judged.merge(mine, on="unit", how="left")
    lacking = both["score"].isna()
    reasons = both.loc[lacking, "missing"].fillna("not scored")
    known = both[~lacking]
    return MetricRow(
        metric=metric,
        version=str(scores["version"].iloc[-1]),
        estimates={
            kind: _grouped(correlation(known, kind, level=level, how=how), metric) for kind in kinds
        },
        within=_grouped(within_systems(known, kinds[0], how=how), metric),
        absent=int(lacking.sum()),
        why=str(reasons.mode().iloc[0]) if len(reasons) else None,
        p_none=None,
        against_best=None,
        p=None,
        points=known.drop(columns="missing"),
    )


def _grouped(estimate: Estimate, metric: str) -> Estimate:
    return estimate.model_copy(update={"group": metric})


def _tested(rows: list[MetricRow], kind: Coefficient, level: Level, seed: int) -> list[MetricRow]:
    """Test every row against no correlation, and against the first, on units that both have."""
    tables = [_by_level(row.points, level) for row in rows]
    ps_none = against_none(tables, kind, seed=seed)
    rows = [replace(row, p_none=p) for row, p in zip(rows, ps_none, strict=True)]
    if len(rows) < 2 or rows[0].estimates[kind].value is None:
        return rows
    tests = [compare(tables[0], table, kind, seed=seed) for table in tables[1:]]
    ps = adjusted([test.permutation for test in tests])
    tested = [
        replace(row, against_best=test, p=p)
        for row, test, p in zip(rows[1:], tests, ps, strict=True)
    ]
    return [rows[0], *tested]


def _by_level(found: pd.DataFrame, level: Level) -> pd.DataFrame:
    if level != "system":
        return found
    means = found.groupby("system", sort=True)[["human", "score"]].mean().reset_index()
    return means.assign(unit=means["system"], dialogue=means["system"])
