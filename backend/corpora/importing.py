"""Import of a corpus into the pool, in batches, with a summary of records read and left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from backend.corpora import CorpusError, ImportReport, reader
from backend.pool import Entry, Pool

#: Entries per transaction: enough to be fast, and few enough not to block other writers.
BATCH = 500

#: Broken records that the summary describes; further ones are only counted.
SPELLED_OUT = 20


@dataclass
class ImportSummary:
    """What one import read and changed. `labels` and `scores` count what came, `new_` what stayed.

    `known` counts dialogues that were in the pool already.
    """

    corpus: str
    path: Path
    report: ImportReport = field(default_factory=ImportReport)
    imported: int = 0
    known: int = 0
    labels: int = 0
    new_labels: int = 0
    scores: int = 0
    new_scores: int = 0
    systems: set[str] = field(default_factory=set)

    @property
    def changed(self) -> bool:
        """Whether the pool is different now."""
        return bool(self.imported or self.new_labels or self.new_scores)

    def lines(self) -> list[str]:
        """The summary in words, a line each."""
        report = self.report
        told = [
            f"{self.corpus} from {self.path}",
            f"  read            {report.read:,} {report.unit}s",
            f"  imported        {self.imported:,}",
            f"  already there   {self.known:,}",
            f"  labels          {self.labels:,} ({self.new_labels:,} new)",
            f"  scores          {self.scores:,} ({self.new_scores:,} new)",
        ]
        if self.systems:
            told.append(f"  systems         {', '.join(sorted(self.systems))}")
        told.append(f"  left out        {report.left_out.total():,}")
        told += [f"    {count:>7,}  {reason}" for reason, count in report.left_out.most_common()]
        told.append(f"  broken records  {len(report.broken):,}")
        told += [f"    {broken}" for broken in report.broken[:SPELLED_OUT]]
        if (more := len(report.broken) - SPELLED_OUT) > 0:
            told.append(f"    and {more:,} more")
        if report.notes:
            told.append("  notes")
            told += [f"    {count:>7,}  {what}" for what, count in report.notes.most_common()]
        if not self.changed:
            told.append("Nothing new: the pool is as it was.")
        return told


def import_into(
    pool: Pool, corpus: str, path: Path, progress: Callable[[int], None] | None = None
) -> ImportSummary:
    """Read a corpus into the pool, batch by batch; importing again changes nothing.

    `progress` is called after each batch with the number of units read so far. What was stored
    before an error stays: the next import goes on from there. Raises CorpusError, DatabaseError.
    """
    summary = ImportSummary(corpus, path)
    entries = reader(corpus)(path, summary.report)
    while batch := _batch(entries, path):
        added = pool.add(batch)
        summary.imported += added.dialogues
        summary.known += added.unchanged
        summary.labels += sum(len(entry.labels) for entry in batch)
        summary.new_labels += added.labels
        summary.scores += sum(len(entry.scores) for entry in batch)
        summary.new_scores += added.scores
        summary.systems |= added.systems
        if progress:
            progress(summary.report.read)
    return summary


def _batch(entries: Iterator[Entry], path: Path) -> list[Entry]:
    try:
        return list(islice(entries, BATCH))
    except OSError as error:
        raise CorpusError(f"{error.filename or path} can't be read: {error.strerror}") from error
