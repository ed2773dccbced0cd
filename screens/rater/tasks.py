"""Fourth: the tasks. One screen each: progress, what to judge, the form, one step back."""

import time

import streamlit as st

from annotations import assignment, blinding
from annotations.assignment import Assignment, Standing
from annotations.blinding import Screen
from annotations.study import Study
from annotations.tasks.base import Layout
from backend.database import Database
from screens import transcript
from screens.rater import chat, form
from screens.rater.form import SAVED


def show(database: Database, study: Study, rater: str, standing: Standing) -> None:
    """The open task, or the last one again after one step back."""
    given = _given(database, study, rater)
    if given is None:
        st.rerun()
    screen = blinding.screen(database, study, given)
    st.session_state.setdefault(f"since-{screen.key}", time.monotonic())
    _head(study, standing, given)
    st.header(screen.title, anchor=False)
    if screen.instructions:
        st.caption(screen.instructions)
    if screen.layout is Layout.CHAT:
        chat.show(database, study, given, screen, standing)
    else:
        _read_and_answer(database, study, given, screen)
    _foot(database, rater, given)


def _given(database: Database, study: Study, rater: str) -> Assignment | None:
    if st.session_state.get("stepped_back"):
        if before := assignment.previous(database, rater):
            return before
        del st.session_state["stepped_back"]
    return assignment.claim(database, study, rater)


def _head(study: Study, standing: Standing, given: Assignment) -> None:
    planned = max(standing.planned, 1)
    done = standing.done - (given.revision > 0)
    left = round(study.minutes * (1 - done / planned)) or 1
    said = st.session_state.pop("said", None)
    st.progress(
        min(done / planned, 1.0),
        text=f"{min(done + 1, planned)} of {planned} · about {left} min left"
        + (" · saved" if said == SAVED else ""),
    )
    if said and said != SAVED:
        st.info(said, icon=":material/info:")


def _read_and_answer(database: Database, study: Study, given: Assignment, screen: Screen) -> None:
    if screen.layout is Layout.PAIR:
        for column, shown in zip(st.columns(2), screen.transcripts, strict=True):
            with column:
                transcript.pane(shown, judge=screen.judge)
        form.show(database, study, given, screen)
        return
    reading, answering = st.columns([3, 2])
    with reading:
        transcript.pane(screen.transcripts[0], judge=screen.judge)
    with answering:
        form.show(database, study, given, screen)


def _foot(database: Database, rater: str, given: Assignment) -> None:
    with st.container(horizontal=True):
        if given.revision:
            if st.button("Keep it as it was", key="forward", type="tertiary"):
                del st.session_state["stepped_back"]
                st.rerun()
        elif assignment.previous(database, rater) and st.button(
            "Change my last answer", key="back", type="tertiary", icon=":material/undo:"
        ):
            st.session_state["stepped_back"] = True
            st.rerun()
