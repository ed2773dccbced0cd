"""The Results page: findings of each task, with n, interval and estimator."""

import json

import streamlit as st

from annotations import records
from annotations.results import TaskResult, analyse
from annotations.tasks.finding import Finding
from pages import look
from pages.prose import label, visible
from pages.resources import database
from pages.staff import crowds, figures

look.page("Results · Uncanny")


@st.cache_data(show_spinner="Analysing …", max_entries=20)
def _analysed(
    path: str, study: str, crowd: str, with_excluded: bool, fingerprint: str
) -> list[TaskResult]:
    return analyse(database(), study, crowd=crowd, with_excluded=with_excluded)


def show(result: TaskResult) -> None:
    """One task's findings, or why there are none yet."""
    st.header(label(result.title), anchor=False)
    st.caption(f"{result.kind} · screens judged: {result.screens} · raters: {result.raters}")
    if not result.screens:
        st.info("No judgments in this crowd yet.", icon=":material/hourglass_empty:")
        return
    for number, finding in enumerate(result.findings):
        with st.container(border=True):
            show_finding(finding, key=f"{result.task}-{number}")


def show_finding(finding: Finding, key: str) -> None:
    """A figure, what it means, and the table behind it."""
    st.subheader(label(finding.title), anchor=False)
    st.caption(label(finding.explanation))
    if figure := figures.draw(finding):
        st.plotly_chart(figure, key=key, config={"displayModeBar": False})
        st.caption("  \n".join(map(label, figures.made_by(finding).splitlines())))
    if notes := [*finding.caveats, *figures.missing(finding)]:
        with st.expander(f"{len(notes)} note(s)", icon=":material/info:"):
            for note in notes:
                st.text(visible(note))
    with st.expander("Numbers and how they were made"):
        st.dataframe(figures.table(finding), hide_index=True)
        if finding.counts is not None:
            st.caption("Counts")
            st.dataframe(finding.counts, hide_index=True)


st.title("Results", anchor=False)
names = records.study_names(database())
if not names:
    st.info("No study is loaded yet.", icon=":material/assignment:")
    st.page_link("staff/studies.py", label="Load one", icon=":material/arrow_forward:")
    st.stop()

left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
name = left.selectbox("Study", names, key="results-study")
crowd = crowds.choose(name, key="results-crowd", at=middle)
with_excluded = right.toggle("With excluded", help="Count judgments that were set aside, too.")

crowds.marks(name, crowd)
fingerprint = json.dumps(records.fingerprint(database(), name, crowd))
results = _analysed(str(database().path), name, crowd, with_excluded, fingerprint)
if not any(result.screens for result in results):
    st.info(
        "Nobody has judged anything yet. Share the study's link, or rehearse it to see what this "
        "page will show.",
        icon=":material/hourglass_empty:",
    )
    st.page_link("staff/studies.py", label="To the study", icon=":material/arrow_forward:")
    st.stop()
for shown in results:
    show(shown)
