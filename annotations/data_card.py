"""The data card of an export: what it holds, where it comes from, what it may not be used for."""

import re
from collections import Counter
from datetime import UTC, datetime
from string import punctuation
from typing import Any

import pandas as pd

from annotations.study import Study
from backend.dialogue import Dialogue


def data_card(
    study: Study,
    frames: dict[str, pd.DataFrame],
    dialogues: list[Dialogue],
    withdrawals: list[dict[str, Any]],
) -> str:
    """Return the card as Markdown: the data, the raters, the licences and the withdrawals."""
    licences = Counter((d.provenance.corpus, d.provenance.licence) for d in dialogues)
    told = sorted(licences.items())
    lines = [
        f"# Data card: {_plain(study.title)}",
        "",
        *(["**Demo material: nothing in it is human data.**", ""] if study.demo else []),
        f"- Study `{study.name}`, protocol SHA-256 `{study.hash}`",
        f"- Exported {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by Uncanny",
        f"- {_collected(frames)}",
        *_withdrawn(withdrawals),
        "- Raters are pseudonymous numbers. No name, address or account of a rater is in here.",
        "- What they agreed to is in `consents.json`. `exclusions.who` names staff who decided.",
        "",
        "| table | rows |",
        "|---|---|",
        *(f"| `{name}` | {len(frame)} |" for name, frame in frames.items()),
        "",
        "Each table is there as CSV, JSONL and Parquet, with the same content. In CSV, a text cell",
        "that a spreadsheet would run begins with an apostrophe, and lists are JSON. Tables named",
        "`judgments_rehearsal_…` come from simulated raters and must not be pooled with people.",
        "",
        "`judgments` has one row an answered question, the latest revision, excluded ones marked.",
        "`number`, `text` or `turns` holds the answer (turns from 0); `swapped` tells that a pair",
        "was shown in reverse order; `seconds` is the time on screen; `dialogues`, `groups` and",
        "`origins` are in the unit's own order, not the shown one.",
        "",
        "## Dialogues",
        "",
        "| corpus | licence | dialogues |",
        "|---|---|---|",
        *(f"| {_plain(corpus)} | {_plain(licence)} | {n} |" for (corpus, licence), n in told),
        "",
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Escape foreign text for one line of Markdown, so that it cannot break a table or a link."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(re.sub(f"([{re.escape(punctuation)}])", r"\\\1", shown).split())


def _collected(frames: dict[str, pd.DataFrame]) -> str:
    people = frames.get("judgments")
    if people is None or people.empty:
        return "No judgments by people yet"
    return (
        f"{len(people)} answers by {people['rater'].nunique()} people, "
        f"{min(people['at'])[:10]} to {max(people['at'])[:10]}"
    )


def _withdrawn(withdrawals: list[dict[str, Any]]) -> list[str]:
    if not withdrawals:
        return []
    raters, answers, screens, chats = (
        len(withdrawals),
        *(sum(row[name] for row in withdrawals) for name in ("answers", "screens", "chats")),
    )
    days = sorted(f"{datetime.fromtimestamp(row['at'], UTC):%Y-%m-%d}" for row in withdrawals)
    return [
        f"- {_count(raters, 'rater')} withdrew: {_count(answers, 'answer')} on "
        f"{_count(screens, 'screen')} and {_count(chats, 'chat')} were erased "
        f"({days[0]} to {days[-1]}) and are not in this export."
    ]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
