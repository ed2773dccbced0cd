"""Step 3 of a rater: examples with feedback, and a pass mark if the protocol sets one."""

import streamlit as st

from annotations import blinding, quality
from annotations.questions import Choice
from pages import transcript
from pages.prose import label, prose, visible
from pages.rater import form
from pages.rater.page import Page


def show(page: Page) -> None:
    """One example at a time; the feedback stays until the rater goes on."""
    study, say, number = page.study, page.say, page.standing.practised
    attempt = page.standing.attempt
    example, screen = study.practice[number], blinding.practice_screen(study, number)
    verdict = next(q for q in screen.questions if isinstance(q, Choice))
    st.caption(say("practice.place", number=number + 1, count=len(study.practice)))
    if attempt > 1 and number == 0:
        st.info(say("practice.again"), icon=":material/replay:")
    st.header(label(screen.title), anchor=False)
    reading, answering = st.columns([3, 2])
    with reading:
        for at, shown in enumerate(screen.transcripts, 1):
            transcript.pane(shown, judge=screen.judge, say=say, at=at, of=len(screen.transcripts))
    with answering:
        st.markdown(f"**{label(verdict.text)}**")
        answer = quality.practice_answer(page.database, page.rater, number)
        if answer is None:
            _ask(page, number, verdict)
            return
        st.text(visible(say("practice.said", answer=verdict.options[answer])))
        if answer == example.answer:
            st.success(say("practice.right"), icon=":material/check:")
        else:
            right = say("practice.wrong", answer=label(verdict.options[example.answer]))
            st.warning(right, icon=":material/lightbulb:")
        st.markdown(prose(example.why))
        if st.button(
            say("practice.go_on"), type="primary", key=f"on-{attempt}-{number}",
            shortcut="Ctrl+Enter",
        ):  # fmt: skip
            quality.practised(page.database, study, page.rater, number, attempt)
            st.rerun()


def _ask(page: Page, number: int, verdict: Choice) -> None:
    keys = form.number_keys(verdict.options)
    for value, said in verdict.options.items():
        key = f"p{page.standing.attempt}-{number}-{value}"
        if st.button(label(said), key=key, shortcut=keys.get(value), width="stretch"):
            quality.practise(page.database, page.study, page.rater, number, value)
            st.rerun()
