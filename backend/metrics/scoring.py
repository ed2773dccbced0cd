"""Scoring of the dialogues of a pool by a metric, in batches, without those already scored."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from backend.metrics.base import Metric
from backend.pool import DialogueFilter, Pool

#: Dialogues a transaction: what a metric gets at once, and what is lost at most when it is stopped.
BATCH = 128


@dataclass
class Scored:
    """What one metric came to: dialogues scored now and before; values and missing, by reason."""

    metric: str
    now: int = 0
    before: int = 0
    values: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    #: Dialogues whose answers are still to come, and why.
    still_open: int = 0
    open_because: str = ""


def score_into(
    pool: Pool,
    one: Metric,
    which: DialogueFilter | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Scored:
    """Score the dialogues of a pool that have no score of this version yet, batch by batch.

    What was stored before an error stays; the next run goes on from there. Nothing is stored of a
    dialogue that a judge could not be asked about: it stays open.
    """
    ids = list(pool.frame(which)["id"])
    one.prepare(dialogue for batch in _batches(ids) for dialogue in pool.get_many(batch).values())
    known = pool.scored(one.made_by)
    left = [id_ for id_ in ids if id_ not in known]
    summary = Scored(one.name, before=len(ids) - len(left))
    for batch in _batches(left):
        one.unanswered.clear()
        made = list(one.score(list(pool.get_many(batch).values())))
        scores = [score for score in made if score.dialogue not in one.unanswered]
        pool.add_scores(scores)
        summary.now += len(batch) - len(one.unanswered)
        if one.unanswered:
            summary.open_because = next(iter(one.unanswered.values()))
        for score in scores:
            if score.missing is None:
                summary.values += 1
            else:
                summary.missing[score.missing] = summary.missing.get(score.missing, 0) + 1
        progress(summary.before + summary.now)
        if len(one.unanswered) == len(batch):
            break  # nobody answers: the rest would only wait for it
    summary.still_open = len(left) - summary.now
    return summary


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))
