"""The Monitor page: progress of a crowd, refreshed while it is open."""

import json
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from annotations import records
from annotations.crowd.monitoring import Reached, Told, dropout, raters, task_progress
from annotations.crowd.reports import reports
from annotations.crowd.spending import spending
from annotations.crowd.stopping import Live, live, stopping
from annotations.study import Study
from pages import access, look
from pages.prose import label
from pages.resources import database
from pages.staff import crowds, figures
from pages.staff.problems import show_reports

look.page("Monitor · Uncanny")

#: Seconds between looks. What costs bootstraps is looked at on demand instead.
EVERY = 15

NEW = "Nobody has agreed to take part yet. Share the study's link, or rehearse it first."

STEPS = {"screened_out": "screened out", "about": "about themselves"}
ENDED = ("done", "screened_out", "withdrawn")


@st.cache_data(show_spinner="Estimating …", max_entries=20)
def _estimated(path: str, study: str, crowd: str, fingerprint: str) -> list[Live]:
    return live(database(), records.study(database(), study), crowd)


@st.fragment(run_every=EVERY)
def show_progress(study: Study, crowd: str) -> None:
    """How the tasks fill, and where every rater stands."""
    _still_staff()
    st.header("Progress", anchor=False)
    units = records.progress(database(), study.name, crowd)
    there = raters(database(), study, crowd)
    working = [one for one in there if not one.left and one.step not in ENDED]
    with st.container(horizontal=True, gap="medium"):
        st.metric("Raters", len(there), width="content")
        st.metric("At it now", len(working), width="content")
        st.metric("Finished", sum(one.step == "done" for one in there), width="content")
        judged = f"{units['done'].sum():,} of {units['wanted'].sum():,}"
        st.metric("Screens judged", judged, width="content")
        still = [one for one in reports(database(), study, crowd) if one.settled_at is None]
        st.metric("Open reports", len(still), width="content")
    for task in task_progress(study, units):
        st.progress(
            min(1.0, task.done / max(task.wanted, 1)),
            text=f"{label(task.title)} · {task.units} units · {task.done} of {task.wanted} judged, "
            f"{task.open} being judged now",
        )
    with st.expander("Unit by unit"):
        st.dataframe(units.drop(columns="position"), hide_index=True)
    with st.expander("Rater by rater", expanded=bool(there)):
        if not there:
            st.text(NEW)
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "rater": one.number,
                    "step": STEPS.get(one.step, one.step),
                    "task": one.task,
                    "screens done": one.done.value,
                    "planned": one.planned,
                    "seconds a screen": one.seconds.value,
                    "minutes idle": one.idle_minutes,
                    "left": one.left,
                    "set aside": one.excluded,
                }
                for one in there
            ),
            column_config={
                "seconds a screen": st.column_config.NumberColumn(format="%.1f"),
                "minutes idle": st.column_config.NumberColumn(format="%.0f"),
            },
            hide_index=True,
            placeholder="–",
        )
        st.caption(
            "Seconds are medians. Left: unfinished, and idle for longer than the lease of "
            f"{study.lease_minutes:g} minutes. A dash: nothing to count, or erased when the rater "
            "withdrew."
        )


@st.fragment(run_every=EVERY)
def show_dropout(study: Study, crowd: str) -> None:
    """How far raters came, and how they ended if not by finishing."""
    _still_staff()
    st.header("Drop-out", anchor=False)
    steps, endings = dropout(database(), study, crowd)
    if not steps[0].count.value:
        st.info(NEW, icon=":material/hourglass_empty:")
        return
    st.plotly_chart(_funnel(steps), key="funnel", config={"displayModeBar": False})
    with st.container(horizontal=True, gap="medium"):
        for one in endings:
            st.metric(one.title, _told(one.count, "{:.0f}"), width="content", help=_of(one))
    if missing := [f"{one.title}: {one.count.missing}" for one in endings if one.count.missing]:
        st.caption("; ".join(missing))
    with st.expander("Numbers"):
        st.dataframe(
            pd.DataFrame(
                {
                    "raters": one.title,
                    "count": one.count.value,
                    "share": one.share.value,
                    "of those who": one.of,
                    "left here": one.left,
                }
                for one in [*steps, *endings]
            ),
            column_config={"share": st.column_config.NumberColumn(format="percent")},
            hide_index=True,
            placeholder="–",
        )
        st.caption(
            "A rater comes to a task when they are shown a screen of it. Those who withdrew count "
            "in every step they had come to."
        )


@st.fragment(run_every=EVERY)
def show_spending(study: Study, crowd: str) -> None:
    """Time and cost so far, and to go at the pace of the last 24 hours."""
    _still_staff()
    st.header("Time and cost", anchor=False)
    found = spending(database(), study, crowd)
    money = "{:,.2f} " + label(found.currency or "").replace("{", "{{").replace("}", "}}")
    shown = (
        ("Raters paid", Told(found.paid), "{:,.0f}"),
        ("Raters to go", Told(found.to_go), "{:,.0f}"),
        ("Cost so far", found.cost, money),
        ("Cost to go", found.cost_to_go, money),
        ("Median minutes a rater", found.minutes, "{:.1f}"),
        ("Hours to go", found.hours_to_go, "{:,.1f}"),
        ("Pay an hour", found.hourly, money),
    )
    with st.container(horizontal=True, gap="medium"):
        for title, told, form in shown:
            st.metric(title, _told(told, form), width="content")
    why: dict[str, list[str]] = {}
    for title, told, _ in shown:
        if told.missing:
            why.setdefault(told.missing, []).append(title)
    notes = [f"{', '.join(titles)}: {reason}." for reason, titles in why.items()]
    st.text("\n".join([*found.notes, *notes]))


@st.fragment(run_every=EVERY)
def watch_reports(study: Study, crowd: str) -> None:
    """Problems that raters reported."""
    _still_staff()
    st.header("Reported problems", anchor=False)
    show_reports(study, crowd)


@st.fragment
def show_estimates(study: Study, crowd: str) -> None:
    """The stopping rule and each task's first finding, as of the last look."""
    _still_staff()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Estimates so far", anchor=False)
        st.button("Look again", key="look", icon=":material/refresh:")
    fingerprint = json.dumps(records.fingerprint(database(), study.name, crowd))
    found = _estimated(str(database().path), study.name, crowd, fingerprint)
    stop = stopping(database(), study, found, crowd)
    if stop is None:
        st.text("The protocol has no stopping rule.")
    elif stop.met:
        st.success("The protocol's stopping rule is met.", icon=":material/flag:")
        st.text("\n".join([*stop.reached, *(f"Not needed: {told}" for told in stop.missing)]))
    else:
        st.info("The protocol's stopping rule is not met yet.", icon=":material/flag:")
        st.text("\n".join(stop.missing))
    for one in found:
        with st.container(border=True):
            st.subheader(label(one.title), anchor=False)
            st.caption(f"Screens judged: {one.screens} · raters: {one.raters}")
            _show_finding(one)


def _show_finding(one: Live) -> None:
    if one.finding is None:
        st.text(f"Nothing yet: {one.missing}.")
        return
    st.caption(label(one.finding.title))
    if figure := figures.draw(one.finding):
        st.plotly_chart(figure, key=f"live-{one.task}", config={"displayModeBar": False})
        st.caption(label(figures.made_by(one.finding)))
    else:
        st.dataframe(figures.table(one.finding), hide_index=True)
    if missing := figures.missing(one.finding):
        st.text("\n".join(missing))


def _funnel(steps: Sequence[Reached]) -> go.Figure:
    """A bar a step: how many came to it; grey at its end, how many of them left there."""
    names = [figures.drawn(one.title) for one in steps]
    left = [one.left or 0 for one in steps]
    count = [int(one.count.value or 0) for one in steps]
    bars = (
        ("came this far", figures.BLUE, [n - gone for n, gone in zip(count, left, strict=True)]),
        ("of them, left here", figures.GREY, left),
    )
    figure = go.Figure()
    for name, colour, values in bars:
        figure.add_trace(
            go.Bar(x=values, y=names, name=name, orientation="h", marker={"color": colour})
        )
    for one, n in zip(steps, count, strict=True):
        figure.add_annotation(
            x=n,
            y=figures.drawn(one.title),
            text=f"{n} · {one.share.value or 0:.0%}",
            showarrow=False,
            xanchor="left",
            xshift=6,
        )
    figure.update_layout(
        barmode="stack",
        height=90 + 30 * len(steps),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"visible": False, "range": [0, 1.35 * max([1, *count])]},
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return figure


def _still_staff() -> None:
    """Look again at who is looking: what refreshes itself does not go through the router."""
    if access.member() is None:
        st.rerun()


def _told(told: Told, form: str) -> str:
    return "–" if told.value is None else form.format(told.value)


def _of(one: Reached) -> str:
    """The share behind a count, in words; or why there is none."""
    if one.share.value is None:
        return one.share.missing or ""
    return f"{one.share.value:.0%} of those who {one.of}"


st.title("Monitor", anchor=False)
names = records.study_names(database())
if not names:
    st.info("No study is loaded yet.", icon=":material/assignment:")
    st.page_link("staff/studies.py", label="Load one", icon=":material/arrow_forward:")
    st.stop()

left, right = st.columns(2)
name = left.selectbox("Study", names, key="monitor-study")
crowd = crowds.choose(name, key="monitor-crowd", at=right)
crowds.marks(name, crowd)
study = records.study(database(), name)
if crowd not in records.crowds(database(), name):
    st.info(NEW, icon=":material/hourglass_empty:")
    st.page_link("staff/studies.py", label="To the study", icon=":material/arrow_forward:")
show_progress(study, crowd)
show_dropout(study, crowd)
watch_reports(study, crowd)
show_spending(study, crowd)
show_estimates(study, crowd)
