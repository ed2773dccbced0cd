"""The Metrics page: correlation of automatic metrics with human judgments, at each level."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from annotations import records
from annotations.validity.correlating import Correlated, MetricRow, correlate, scored
from annotations.validity.opinions import Opinion, opinions, said
from backend.pool import Pool
from backend.statistics.bootstrap import Resampling
from backend.statistics.correlation import COEFFICIENTS, LEVELS, Coefficient, Level
from pages import look
from pages.resources import database
from pages.staff import crowds
from pages.staff.figures import BLUE, GREY, drawn
from pages.staff.one_dialogue import show

look.page("People and metrics · Uncanny")

LABELS = "Labels that came with corpora"
#: Metrics compared unless others are chosen: a table of everything takes a while.
SHOWN, OF_A_FAMILY = 24, 2


@st.cache_data(show_spinner="Setting metrics beside people …", max_entries=30)
def _correlated(
    path: str,
    opinion: Opinion,
    level: Level,
    kind: Coefficient,
    metrics: tuple[str, ...],
    crowd: str,
    fingerprint: object,
) -> Correlated:
    return correlate(
        database(),
        opinion,
        level=level,
        kind=kind,
        metrics=metrics,
        crowd=crowd,
        how=Resampling(seed=0),
    )


def choose() -> tuple[Opinion, str] | None:
    """Whose opinion, on what; None where nothing was asked yet."""
    left, right = st.columns(2)
    studies, labelled = records.study_names(database()), opinions(database())
    # Where no corpus brought labels, a study is what there is to see.
    first = int(bool(studies) and not labelled)
    source = left.selectbox("People", [LABELS, *studies], index=first, key="people")
    study = None if source == LABELS else source
    there = opinions(database(), study) if study else labelled
    if not there:
        st.info(
            "No corpus in the pool came with human labels. Import one, or choose a study."
            if study is None
            else "This study asks nothing that is answered in numbers.",
            icon=":material/rate_review:",
        )
        return None
    opinion = right.selectbox("What they were asked", there, format_func=str, key="question")
    crowd = records.PEOPLE
    if study:
        crowd = crowds.choose(study, key="crowd", at=left)
        crowds.marks(study, crowd)
    return opinion, crowd


def pick(opinion: Opinion, crowd: str) -> tuple[Level, Coefficient, tuple[str, ...]] | None:
    """At which level, by which coefficient, of which metrics."""
    levels = [level for level in LEVELS if level != "turn" or opinion.per_turn]
    left, right = st.columns(2)
    level = left.segmented_control("Level", levels, default="dialogue", key="level") or "dialogue"
    kind = right.segmented_control("Ranked by", COEFFICIENTS, default="spearman", key="kind")
    if said(database(), opinion, crowd=crowd).empty:
        st.info("Nobody has answered this yet.", icon=":material/hourglass_empty:")
        return None
    there = scored(database(), opinion, per_turn=level == "turn", crowd=crowd)
    if not there:
        st.info(
            "None of these dialogues has been scored. Run this beside the app:",
            icon=":material/calculate:",
        )
        st.code("python -m backend score --metric all", language="bash")
        return None
    chosen = st.multiselect("Metrics", list(there), default=usual(there), key=f"metrics-{level}")
    if not chosen:
        st.info("Choose at least one metric.")
        return None
    return level, kind or "spearman", tuple(chosen)


def usual(there: dict[str, str]) -> list[str]:
    """A few of each family, so that no family fills the table."""
    taken: dict[str, int] = {}
    found = []
    for name, version in there.items():
        taken[version] = taken.get(version, 0) + 1
        found += [name] if taken[version] <= OF_A_FAMILY else []
    return found[:SHOWN]


def table(found: Correlated) -> pd.DataFrame:
    """The ranking as it is shown, with what is missing and why."""
    lines = []
    for row in found.rows:
        one = row.estimates[found.kind]
        lines.append(
            {
                "metric": row.metric,
                found.kind: one.value,
                "low": one.low,
                "high": one.high,
                "within systems": row.within.value,
                "n": one.n,
                "without a score": row.absent,
                "p vs 0": row.p_none,
                "p vs first": row.p,
                "note": one.missing or one.interval_missing or row.why or "",
                "version": row.version,
            }
        )
    return pd.DataFrame(lines)


def forest(found: Correlated) -> go.Figure:
    """Coefficients with intervals, best first, and the ceiling that rater reliability sets."""
    known = [row for row in found.rows if row.estimates[found.kind].value is not None]
    values = [row.estimates[found.kind] for row in known]
    at = [e.value or 0.0 for e in values]
    lows, highs = [e.low for e in values], [e.high for e in values]
    figure = go.Figure(
        go.Scatter(
            x=at,
            y=[drawn(f"{row.metric} (n={e.n})") for row, e in zip(known, values, strict=True)],
            mode="markers",
            marker={"size": 10, "color": BLUE},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [b if b is None else b - v for v, b in zip(at, highs, strict=True)],
                "arrayminus": [b if b is None else v - b for v, b in zip(at, lows, strict=True)],
            },
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=0, line_color=GREY, line_dash="dot")
    if found.ceiling.value is not None:
        figure.add_vline(x=found.ceiling.value, line_color=GREY, annotation_text="ceiling")
    figure.update_layout(
        height=90 + 30 * len(known),
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        xaxis={"title": found.kind, "range": [-1, 1]},
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return figure


def scatter(row: MetricRow, found: Correlated) -> go.Figure:
    """What people said against what the metric says; a point is a unit."""
    figure = go.Figure()
    for system, mine in row.points.groupby(row.points["system"].fillna("people"), sort=True):
        figure.add_trace(
            go.Scatter(
                x=mine["score"],
                y=mine["human"],
                mode="markers",
                name=drawn(str(system)),
                customdata=mine["dialogue"],
                marker={"size": 8, "opacity": 0.65},
                hovertemplate="%{x:.3f}, people %{y:.2f}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_layout(
        height=440,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis_title=drawn(row.metric),
        yaxis_title=drawn(found.opinion.question),
        legend={"orientation": "h", "y": -0.2},
    )
    return figure


def points_of(found: Correlated) -> None:
    """One metric's points; choosing one opens its dialogue."""
    names = [row.metric for row in found.rows if len(row.points)]
    if not names:
        return
    st.subheader("Point by point", anchor=False)
    name = st.selectbox("Metric", names, key="points-of")
    row = next(row for row in found.rows if row.metric == name)
    picked = st.plotly_chart(
        scatter(row, found),
        on_select="rerun",
        selection_mode="points",
        key=f"scatter-{found.opinion}-{found.level}-{name}",
        config={"displayModeBar": False},
    )
    chosen = picked["selection"]["points"]
    if chosen:
        show(Pool(database()).get(str(chosen[0]["customdata"])))
    else:
        st.caption("Choose a point to read its dialogue.")


st.title("People and metrics", anchor=False)
st.caption(
    "What raters said beside what automatic metrics say of the same dialogues. A metric is worth "
    "using where its correlation is high at the level you need, and high within systems, too."
)
asked = choose()
if asked is None:
    st.stop()
wanted = pick(*asked)
if wanted is None:
    st.stop()
stamp: tuple[object, ...] = Pool(database()).scores_fingerprint()
if asked[0].study:
    stamp += (tuple(records.fingerprint(database(), asked[0].study, asked[1])),)
result = _correlated(str(database().path), asked[0], *wanted, asked[1], stamp)
one, two, three = st.columns(3)
one.metric(
    {"turn": "Turns", "dialogue": "Dialogues", "system": "Systems"}[result.level],
    f"{result.units:,}",
)
two.metric("Answers", f"{result.answers:,}")
three.metric(
    "Ceiling",
    "missing" if result.ceiling.value is None else f"{result.ceiling.value:.2f}",
    help="The highest correlation to expect, given how far raters agree. "
    + (result.ceiling.missing or f"{result.ceiling.estimator}, n = {result.ceiling.n}"),
)
if result.caution:
    st.warning(result.caution)
st.plotly_chart(forest(result), key="forest", config={"displayModeBar": False})
st.dataframe(
    table(result),
    hide_index=True,
    column_config={
        name: st.column_config.NumberColumn(format="%.3f")
        for name in (result.kind, "low", "high", "within systems", "p vs 0", "p vs first")
    },
)
first_row = result.rows[0].estimates[result.kind]
st.caption(
    f"{first_row.signature}. "
    "Within systems: mean over systems of the same coefficient. p vs 0: permutation test against "
    "no correlation, adjusted for picking the best of this table (max T). p vs first: paired "
    "permutation test against the first metric, Holm-adjusted."
)
points_of(result)
