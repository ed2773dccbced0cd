"""Real load on the real server: `python -m tests.load --raters 50 --minutes 5`.

Virtual raters speak Streamlit's own protocol: they consent, practise, read, click and send. Each
submit is timed from the click to the end of the last script run it leads to, and beside it, by the
same raters in the same minutes, the same page run with nothing clicked. What was acknowledged is
then looked for in the database.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from annotations.setup import open_database
from tests.browser.proxy import Process, Proxy
from tests.load.rater import Rater, Tally
from tests.load.study import prepare


@dataclass(frozen=True)
class Served:
    """Where the app is, its database, and the processes that are it."""

    url: str
    database: Path
    pids: list[int]


@contextmanager
def served(folder: Path, processes: int) -> Iterator[Served]:
    """The app over `folder`: one process by itself, or more of them behind nginx."""
    database = folder / "load.db"
    with ExitStack() as stack:
        apps = [stack.enter_context(Process(database)) for _ in range(processes)]
        url = apps[0].url
        if processes > 1:
            ports = [app.port for app in apps]
            url = stack.enter_context(Proxy(folder / "nginx", ports)).url
        yield Served(url, database, [app.pid for app in apps])


async def visit(url: str, study: str, args: argparse.Namespace) -> Tally:
    """All raters at once, their arrivals spread over `--arrive` seconds."""
    tally = Tally()
    end = time.monotonic() + args.minutes * 60
    arrivals = random.Random(args.seed)

    async def one(number: int) -> None:
        await asyncio.sleep(arrivals.uniform(0, args.arrive))
        await Rater(url, study, tally, args.think, args.seed + number).take_part(end)

    await asyncio.gather(*(one(number) for number in range(args.raters)))
    return tally


def checked(path: Path, tally: Tally) -> dict[str, object]:
    """What the database holds beside what raters were told."""
    database = open_database(path)
    stored = {
        row["rater"]: (row["n"], row["screens"])
        for row in database.rows(
            "SELECT rater, count(*) AS n, count(DISTINCT assignment) AS screens "
            "FROM submissions JOIN assignments ON id = assignment GROUP BY rater"
        )
    }
    lost = sum(max(0, n - stored.get(rater, (0, 0))[0]) for rater, n in tally.acknowledged.items())
    more = sum(
        max(0, n - tally.acknowledged[rater] - tally.unsure[rater])
        for rater, (n, _) in stored.items()
    )
    units = database.rows(
        "SELECT u.task, u.wanted, count(a.id) AS done FROM units AS u LEFT JOIN assignments AS a "
        "ON (a.study, a.task, a.unit) = (u.study, u.task, u.unit) AND a.state = 'done' "
        "GROUP BY u.task, u.unit"
    )
    scarce = [unit for unit in units if unit["wanted"] < 10]
    found: dict[str, object] = {
        "acknowledged": sum(tally.acknowledged.values()),
        "unsure (connection broke)": sum(tally.unsure.values()),
        "stored": sum(n for n, _ in stored.values()),
        "acknowledged but not stored": lost,
        "stored but never sent": more,
        "stored twice": sum(n - screens for n, screens in stored.values()),
        "units": len(units),
        "units over-filled": sum(unit["done"] > unit["wanted"] for unit in units),
        "scarce units full": f"{sum(u['done'] == u['wanted'] for u in scarce)} of {len(scarce)}",
        "late": database.rows("SELECT count(*) AS n FROM exclusions")[0]["n"],
    }
    database.close()
    return found


def report(tally: Tally) -> dict[str, object]:
    """n, p50 and p95 of each kind of wait, in seconds, and submit over empty."""
    found: dict[str, object] = {}
    for kind in ("submit", "empty", "click", "step", "open"):
        if times := tally.seconds.get(kind):
            p50, p95 = np.percentile(times, [50, 95])
            found[kind] = {"n": len(times), "p50": round(p50, 3), "p95": round(p95, 3)}
            found[kind] |= {"max": round(max(times), 3)}  # type: ignore[operator]
    if {"submit", "empty"} <= tally.seconds.keys():
        for percent in (50, 95):
            submit, empty = (np.percentile(tally.seconds[k], percent) for k in ("submit", "empty"))
            found[f"p{percent} submit / p{percent} empty"] = round(submit / empty, 3)
    found["raters who finished"] = tally.finished
    found["errors"] = len(tally.errors)
    found["first errors"] = tally.errors[:5]
    return found


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _used(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def measure(args: argparse.Namespace) -> dict[str, object]:
    """One run."""
    with tempfile.TemporaryDirectory(dir=args.folder, prefix="load-") as folder:
        study = prepare(Path(folder) / "load.db")
        with served(Path(folder), args.processes) as app:
            start, busy, own = time.monotonic(), _busy(), _used(os.getpid())
            used = [_used(pid) for pid in app.pids]
            tally = asyncio.run(visit(app.url, study, args))
            seconds = time.monotonic() - start
            servers = [_used(pid) - was for pid, was in zip(app.pids, used, strict=True)]
            mine = _used(os.getpid()) - own
            others = _busy() - busy - sum(servers) - mine
            memory = [psutil.Process(pid).memory_info().rss / 2**20 for pid in app.pids]
        return {
            "raters": args.raters,
            "processes": args.processes,
            "think, s": args.think,
            "seconds": round(seconds, 1),
            **report(tally),
            "submits/s": round(len(tally.seconds.get("submit", ())) / seconds, 2),
            "database": checked(app.database, tally),
            "cores": os.cpu_count(),
            "cores used by each process": [round(one / seconds, 2) for one in servers],
            "cores used by the raters": round(mine / seconds, 2),
            "cores used by everything else": round(others / seconds, 2),
            "memory of each process, MiB": [round(one) for one in memory],
        }


def main() -> None:
    """Measure once and print it as JSON; exit 1 where the database is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raters", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--think", type=float, default=15, help="seconds between two submits")
    parser.add_argument("--arrive", type=float, default=30, help="seconds until all are there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the database goes: a local disk")
    parser.add_argument("--out", type=Path, help="write the figures there too")
    args = parser.parse_args()
    found = measure(args)
    text = json.dumps(found, indent=2)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
    stored = found["database"]
    assert isinstance(stored, dict)
    wrong = ("acknowledged but not stored", "stored but never sent", "stored twice")
    raise SystemExit(any(stored[name] for name in (*wrong, "units over-filled")))


if __name__ == "__main__":
    main()
