"""Step 5 of a rater: the tasks, one screen for each unit, with progress and a step back."""

import time

import streamlit as st

from annotations import assignment, blinding
from annotations.assignment import Assignment
from annotations.blinding import Screen
from annotations.tasks.base import Layout
from pages import transcript
from pages.prose import label, prose
from pages.rater import chat, form, live
from pages.rater.form import SAVED
from pages.rater.page import Page


def show(page: Page) -> None:
    """The open task, or the last one again after one step back."""
    given = _given(page)
    if given is None:
        st.rerun()
    screen = blinding.screen(page.database, page.study, given)
    st.session_state.setdefault(f"since-{screen.key}", time.monotonic())
    _head(page, given)
    st.header(label(screen.title), anchor=False)
    if screen.instructions:
        st.caption(prose(screen.instructions))
    if screen.layout is Layout.CHAT:
        chat.show(page, given, screen)
    elif screen.layout is Layout.LIVE:
        live.show(page, given, screen)
    else:
        _read_and_answer(page, given, screen)
    _foot(page, given)


def _given(page: Page) -> Assignment | None:
    if st.session_state.get("stepped_back"):
        if before := assignment.previous(page.database, page.rater):
            return before
        del st.session_state["stepped_back"]
    return assignment.claim(page.database, page.study, page.rater)


def _head(page: Page, given: Assignment) -> None:
    say, standing = page.say, page.standing
    planned = max(standing.planned, 1)
    done = standing.done - (given.revision > 0)
    left = round(page.study.minutes * (1 - done / planned)) or 1
    said = st.session_state.pop("said", None)
    number = min(done + 1, planned)
    text = say("task.progress", number=number, count=planned, minutes=left)
    st.progress(
        min(done / planned, 1.0), text=f"{text} · {say('task.saved')}" if said == SAVED else text
    )
    if said and said != SAVED:
        st.info(said, icon=":material/info:")


def _read_and_answer(page: Page, given: Assignment, screen: Screen) -> None:
    if screen.layout is Layout.PAIR:
        for at, column in enumerate(st.columns(2)):
            with column:
                shown = screen.transcripts[at]
                transcript.pane(shown, judge=screen.judge, say=page.say, at=at + 1, of=2)
        form.show(page, given, screen)
        return
    reading, answering = st.columns([3, 2])
    with reading:
        transcript.pane(screen.transcripts[0], judge=screen.judge, say=page.say)
    with answering:
        form.show(page, given, screen)


def _foot(page: Page, given: Assignment) -> None:
    with st.container(horizontal=True):
        if given.revision:
            if st.button(page.say("task.keep"), key="forward", type="tertiary"):
                del st.session_state["stepped_back"]
                st.rerun()
        elif assignment.previous(page.database, page.rater) and st.button(
            page.say("task.back"), key="back", type="tertiary", icon=":material/undo:"
        ):
            st.session_state["stepped_back"] = True
            st.rerun()
