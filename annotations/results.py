"""The findings of a study, task by task, for the Results page and the `analyse` command."""

from dataclasses import dataclass, replace
from typing import Literal

from annotations import records
from annotations.tasks.finding import Finding
from backend.database import Database
from backend.statistics.quantity import Quantity


@dataclass(frozen=True)
class TaskResult:
    """Findings of one task, with the number of judged screens and raters behind them.

    `verdicts_on` is as in `TaskBase`.
    """

    task: str
    kind: str
    title: str
    screens: int
    raters: int
    findings: list[Finding]
    verdicts_on: Literal["transcripts", "games"] | None = None


def analyse(
    database: Database,
    study: str,
    *,
    crowd: str = records.PEOPLE,
    with_excluded: bool = False,
    seed: int = 1,
) -> list[TaskResult]:
    """Findings of every task of a stored study, in protocol order. Raises StudyError.

    `seed` is that of the bootstrap. Crowds are never pooled: one is analysed at a time.
    """
    protocol = records.study(database, study)
    judgments = records.judgments(database, study, crowd, with_excluded=with_excluded)
    results = []
    for task in protocol.tasks:
        mine = judgments[judgments["task"] == task.id]
        findings = [*task.analyse(mine, seed=seed), *task.analyse_questions(mine, seed=seed)]
        results.append(
            TaskResult(
                task=task.id,
                kind=task.kind,
                title=task.title,
                screens=int(mine["assignment"].nunique()),
                raters=int(mine["rater"].nunique()),
                findings=findings,
                verdicts_on=task.verdicts_on,
            )
        )
    return _beside(results)


def _beside(results: list[TaskResult]) -> list[TaskResult]:
    """Add a finding to live games that shows their d' beside that of static transcripts."""
    static = [result for result in results if result.verdicts_on == "transcripts"]
    told = []
    for result in results:
        rows = [
            estimate.model_copy(update={"group": f"{estimate.group or 'all'}, {where}"})
            for one, where in [(result, "live"), *((one, one.title) for one in static)]
            for finding in one.findings
            for estimate in finding.estimates
            if estimate.quantity == Quantity.DPRIME and one.screens
        ]
        if result.verdicts_on == "games" and len(static) and rows:
            beside = Finding(
                "Live and on paper",
                "d' of judges in live games, and of readers of transcripts, beside each other. "
                "They are different tasks and are never pooled.",
                rows,
                reference=0.0,
            )
            result = replace(result, findings=[*result.findings, beside])
        told.append(result)
    return told
