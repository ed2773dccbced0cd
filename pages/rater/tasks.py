"""Step 5 of a rater: the tasks, one screen for each unit, with progress and a step back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from annotations import assignment, blinding
from annotations.assignment import Assignment, seconds_since_claimed
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
    _time(page, given, screen)
    with _drawn_anew(screen):
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


def _time(page: Page, given: Assignment, screen: Screen) -> None:
    """Note when this screen was shown first: a reload or a second tab does not start anew."""
    name = f"since-{screen.key}"
    if name not in st.session_state:
        before = 0.0 if given.revision else seconds_since_claimed(page.database, given)
        st.session_state[name] = time.monotonic() - before


@contextmanager
def _drawn_anew(screen: Screen) -> Iterator[None]:
    """A place whose contents the browser builds anew for each screen.

    Streamlit's front end reuses the elements of the screen before, and only changes their text. A
    browser that translates has replaced that text by its own, and would go on showing the old
    screen. So screens are drawn at two depths in turn: there is nothing to reuse.
    """
    shown = st.session_state.get("shown")
    if shown is None or shown[0] != screen.key:
        shown = st.session_state["shown"] = (screen.key, not shown[1] if shown else False)
    with st.container():
        if shown[1]:
            with st.container():
                yield
        else:
            st.empty()
            yield


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
