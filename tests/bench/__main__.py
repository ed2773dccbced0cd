"""Ratios measured in one run: `make bench`. Each bench is one function in `BENCHES`."""

import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from annotations import assignment, journey
from annotations.tasks.base import TaskBase
from tests.annotations.studies import small
from tests.annotations.test_assignment import answers
from tests.bench import analysis, engines

#: Judged screens a run, and how often the two sides take turns.
SCREENS, PAIRS = 1000, 7


def _judge(path: Path, threads: int) -> tuple[float, int]:
    """Seconds and judgments of `SCREENS` screens claimed and submitted by our own code."""
    database, study = small(path, wanted=10_000)
    raters = [f"rater {number}" for number in range(SCREENS // 10)]
    for rater in raters:
        journey.join(database, study, rater)
    said = {task.id: answers(task) | extras(task) for task in study.tasks}

    def work(mine: list[str]) -> None:
        for rater in mine:
            for _ in range(10):
                given = assignment.claim(database, study, rater)
                assert given
                assignment.submit(
                    database, study, given, said[given.task], key=given.next_key, seconds=1
                )

    workers = [threading.Thread(target=work, args=(raters[i::threads],)) for i in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - start
    n = int(database.rows("SELECT count(*) AS n FROM judgments")[0]["n"])
    database.close()
    return seconds, n


def extras(task: TaskBase) -> dict[str, object]:
    """Answers to the open questions, as a rater who fills in everything gives them."""
    open_ones = {"text": "it answered a question nobody had asked", "marks": [1, 3]}
    return {q.id: open_ones[q.kind] for q in task.form() if q.kind in open_ones}


def _insert(rows: Path, path: Path) -> tuple[float, int]:
    """Seconds and judgments of a bare sqlite3 loop that inserts the same rows as durably.

    Same tables, constraints and triggers; one transaction for the claim and one for the
    submission, as our code has them; nothing is looked up, decided or checked.
    """
    small(path, wanted=10_000)[0].close()
    source = sqlite3.connect(rows)
    raters = source.execute("SELECT * FROM raters").fetchall()
    assignments = source.execute("SELECT * FROM assignments ORDER BY id").fetchall()
    submissions = {r[1]: r for r in source.execute("SELECT * FROM submissions")}
    judgments: dict[str, list[tuple[object, ...]]] = {}
    for row in source.execute("SELECT * FROM judgments"):
        judgments.setdefault(row[0], []).append(row)
    names = [column[1] for column in source.execute("PRAGMA table_info(assignments)")]
    source.close()
    bare = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        bare.execute(f"PRAGMA {pragma}")
    marks = ", ".join("?" * len(raters[0]))
    bare.executemany(f"INSERT INTO raters VALUES ({marks})", raters)
    state, done_at = names.index("state"), names.index("done_at")
    start = time.perf_counter()
    for row in assignments:
        opened = list(row)
        opened[state], opened[done_at] = "open", None
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(f"INSERT INTO assignments VALUES ({', '.join('?' * len(row))})", opened)
        bare.execute("COMMIT")
        submission = submissions[row[0]]
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(
            "UPDATE assignments SET state = 'done', done_at = ? WHERE id = ?",
            [row[done_at], row[0]],
        )
        bare.execute("INSERT INTO submissions VALUES (?, ?, ?, ?, ?)", submission)
        bare.executemany("INSERT INTO judgments VALUES (?, ?, ?, ?, ?)", judgments[submission[0]])
        bare.execute("COMMIT")
    seconds = time.perf_counter() - start
    n = int(bare.execute("SELECT count(*) FROM judgments").fetchone()[0])
    bare.close()
    return seconds, n


def durable_judgments() -> dict[str, object]:
    """Durable judgments a second, ours over a bare loop's, in turns; at least 0.5 is wanted."""
    found: dict[str, object] = {"screens a run": SCREENS, "pairs": PAIRS}
    for threads in (1, 8, 40):
        ours, bare, ratios = [], [], []
        for _ in range(PAIRS):
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                first, second = Path(folder) / "ours.db", Path(folder) / "bare.db"
                seconds, n = _judge(first, threads)
                bare_seconds, bare_n = _insert(first, second)
                assert n == bare_n
            ours.append(n / seconds)
            bare.append(n / bare_seconds)
            ratios.append(ours[-1] / bare[-1])
        found[f"{threads} thread(s)"] = {
            "ratio, median of pairs": round(statistics.median(ratios), 3),
            "ratio, range": [round(min(ratios), 3), round(max(ratios), 3)],
            "ours, judgments/s, median": round(statistics.median(ours)),
            "bare, judgments/s, median": round(statistics.median(bare)),
            "judgments a run": n,
        }
    return found


BENCHES: list[Callable[[], dict[str, object]]] = [
    durable_judgments,
    *engines.BENCHES,
    *analysis.BENCHES,
]


def main() -> None:
    """Run those named on the command line, or all, and print what was measured."""
    for bench in BENCHES:
        if sys.argv[1:] and bench.__name__ not in sys.argv[1:]:
            continue
        print((bench.__doc__ or bench.__name__).strip())
        print(json.dumps(bench(), indent=2))


if __name__ == "__main__":
    main()
