"""Figures and tables of findings: what is drawn always says its n, interval and estimator."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from annotations.tasks.finding import Drawing, Finding
from backend.statistics.estimate import Estimate, methods, to_frame
from pages.prose import visible

#: What is looked at, and what it is looked at against.
BLUE, GREY = "#3d4fb8", "#8b8f9a"


def table(finding: Finding) -> pd.DataFrame:
    """Every estimate with its value, interval, n and the names of what made it."""
    frame = to_frame(finding.estimates)
    frame["group"] = frame["group"].fillna("all")
    return frame.dropna(axis="columns", how="all").drop(columns=["se", "df"], errors="ignore")


def made_by(finding: Finding) -> str:
    """How each quantity was made, in a line: estimator, interval method with its seed, version."""
    return "  \n".join(methods((e.quantity, e) for e in finding.estimates))


def missing(finding: Finding) -> list[str]:
    """What could not be computed, or has no interval, and why."""
    return [
        f"{e.quantity}, {e.group or 'all'}: {e.missing or f'no interval: {e.interval_missing}'}"
        for e in finding.estimates
        if e.missing or e.interval_missing
    ]


def draw(finding: Finding) -> go.Figure | None:
    """Points with intervals, one row a group; None where the finding is numbers alone."""
    shown = [e for e in finding.estimates if e.value is not None]
    if finding.drawing is Drawing.NUMBERS or not shown:
        return None
    quantities = list(dict.fromkeys(e.quantity for e in shown))
    figure = go.Figure()
    for index, quantity in enumerate(quantities):
        mine = [e for e in shown if e.quantity == quantity]
        figure.add_trace(_points(mine, quantity, index))
    if finding.reference is not None:
        figure.add_vline(x=finding.reference, line_dash="dot", line_color=GREY)
    figure.update_layout(
        height=110 + 34 * len({e.group for e in shown}) * max(1, len(quantities) * 0.6),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=len(quantities) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis_title=drawn(", ".join(quantities)),
        yaxis={"autorange": "reversed", "automargin": True},
        scattermode="group",
    )
    return figure


def drawn(text: str) -> str:
    """Text inside a figure as it stands: Plotly reads links, line breaks and styles in it."""
    return escape(" ".join(visible(text).split()), quote=False)


def _points(estimates: list[Estimate], quantity: str, index: int) -> go.Scatter:
    known = [e for e in estimates if e.value is not None]
    values = [e.value or 0.0 for e in known]
    return go.Scatter(
        x=values,
        y=[drawn(f"{e.group or 'all'} (n={e.n})") for e in known],
        name=drawn(quantity),
        mode="markers",
        marker={"size": 11, "symbol": ["circle", "diamond", "square", "x"][index % 4]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [
                (e.high if e.high is not None else v) - v
                for e, v in zip(known, values, strict=True)
            ],
            "arrayminus": [
                v - (e.low if e.low is not None else v) for e, v in zip(known, values, strict=True)
            ],
        },
        text=[
            f"{v:.3g} {_range(e)}<br>n = {e.n} {e.counted}, {e.raters or '?'} raters<br>"
            + drawn(e.signature)
            for e, v in zip(known, values, strict=True)
        ],
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def _range(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"(no interval: {estimate.interval_missing})"
    return f"[{estimate.low:.3g}, {estimate.high:.3g}]"
