"""What a study's judgments say, task by task: the same findings for the page and the command."""

from dataclasses import dataclass

from annotations import records
from annotations.tasks.finding import Finding
from backend.database import Database


@dataclass(frozen=True)
class TaskResult:
    """Findings of one task, with how many judged screens and raters they rest on."""

    task: str
    kind: str
    title: str
    screens: int
    raters: int
    findings: list[Finding]


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
        results.append(
            TaskResult(
                task=task.id,
                kind=task.kind,
                title=task.title,
                screens=int(mine["assignment"].nunique()),
                raters=int(mine["rater"].nunique()),
                findings=task.analyse(mine, seed=seed),
            )
        )
    return results
