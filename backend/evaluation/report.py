"""The table of `evaluate-simulators` in Markdown, beside figures reported in the literature."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_core import to_jsonable_python

from backend.evaluation.behaviour import BehaviourRow
from backend.statistics.estimate import Estimate, methods

#: Rows of the table that are shown, in order.
SHOWN = (
    "success rate",
    "P(accept | match)",
    "P(accept | match), all offers",
    "P(accept | contradict)",
    "P(accept | contradict), all offers",
    "match score",
    "recall@1",
    "recall@1, popularity",
    "recall@1, random",
    "recall@10",
    "recall@10, popularity",
    "recall@10, random",
    "valid actions",
    "role swap, seeker",
    "role swap, recommender",
    "leaks",
    "broken off",
    "turns",
    "Dist-2",
    "Dist-4",
    "median words",
)

#: Of the Interplay paper (arXiv 2603.18573): models of 8 billion parameters, and other data.
PAPER = {
    "success rate": "0.93 to 0.95",
    "match score": "0.933",
    "recall@1": "0.0217",
}


@dataclass
class EvaluationReport:
    """All that one run measured. `seconds` are those of its parts."""

    rows: Mapping[str, Mapping[str, Estimate]]
    people: Mapping[str, Estimate]
    perplexity: Mapping[str, Estimate]
    session: Mapping[str, tuple[Estimate, float]]
    acts: Mapping[str, tuple[Estimate, float, Estimate]]
    settings: Mapping[str, object]
    behaviour: Mapping[str, Sequence[BehaviourRow]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> str:
        """All of it, with whether each row of behaviour is within its tolerance."""
        report = to_jsonable_python(self)
        for name, rows in self.behaviour.items():
            for row, plain in zip(rows, report["behaviour"][name], strict=True):
                plain["within"] = row.is_within
        return json.dumps(report, indent=1)


def markdown(report: EvaluationReport) -> str:
    """The whole report."""
    said = ", ".join(f"{name} {value}" for name, value in report.settings.items())
    lines = [f"Made by `python -m backend evaluate-simulators`: {said}.", ""]
    lines += _pairs(report)
    for name, rows in report.behaviour.items():
        lines += ["", *_behaviour(name, rows)]
    if report.perplexity:
        lines += ["", "| held-out human seekers | value |", "|---|---|"]
        lines += [f"| {name} | {figure} |" for name, figure in report.perplexity.items()]
        lines += _signatures(report.perplexity.items())
    if report.session:
        lines += [
            "",
            "| session variable | value asked for was measured | by chance |",
            "|---|---|---|",
        ]
        lines += [
            f"| {name} | {figure} | {chance:.2f} |"
            for name, (figure, chance) in report.session.items()
        ]
        lines += _signatures((name, figure) for name, (figure, _) in report.session.items())
    if report.acts:
        lines += [
            "",
            "| act | found where asked for | unasked | found in human turns that carry it |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {figure} | {chance:.2f} | {human} |"
            for name, (figure, chance, human) in report.acts.items()
        ]
        lines += _signatures((name, figure) for name, (figure, _, _) in report.acts.items())
    return "\n".join(lines)


def _pairs(report: EvaluationReport) -> list[str]:
    """One table a pair would be long to read: pairs are columns, figures rows."""
    names = list(report.rows)
    lines = [
        f"| | {' | '.join(names)} | people, held out | Interplay paper |",
        f"|---|{'---|' * (len(names) + 2)}",
    ]
    for figure in SHOWN:
        cells = [_cell(report.rows[name], figure) for name in names]
        people = _short(report.people[figure]) if figure in report.people else ""
        lines.append(f"| {figure} | {' | '.join(cells)} | {people} | {PAPER.get(figure, '')} |")
    made = [
        (name, row[name])
        for row in [*report.rows.values(), report.people]
        for name in SHOWN
        if name in row
    ]
    return [*lines, *_signatures(made)]


def _signatures(named: Iterable[tuple[str, Estimate]]) -> list[str]:
    """How the figures of a table were made, a line for each method."""
    return ["", *(f"- {line}" for line in methods(named))]


def _behaviour(name: str, rows: Sequence[BehaviourRow]) -> list[str]:
    """What the seekers of a pair do, beside people."""
    lines = [
        f"What seekers do: {name} beside people (held-out dialogues of ReDial).",
        "",
        f"| | people | {name} | ratio | within | by construction |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = _short(row.ratio, n=False)
        within = {True: "yes", False: "no", None: ""}[row.is_within]
        cells = [row.name, _short(row.people), _short(row.pair), ratio]
        lines.append(
            f"| {' | '.join(cells)} | {row.tolerance:.0%}: {within or 'unknown'} | "
            f"{row.construction or 'no'} |"
        )
    return [*lines, *_signatures((row.name, row.people) for row in rows)]


def _cell(row: Mapping[str, Estimate], name: str) -> str:
    if name in row:
        return _short(row[name])
    reason = row["success rate"].missing if "success rate" in row else ""
    return "missing" if reason else ""


def _short(figure: Estimate, *, n: bool = True) -> str:
    if figure.value is None:
        return f"missing: {figure.missing}".replace("|", "/")
    interval = "" if figure.low is None else f" [{figure.low:.3f}, {figure.high:.3f}]"
    return f"{figure.value:.3f}{interval}{f' (n = {figure.n:,})' if n else ''}"
