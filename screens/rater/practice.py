"""Third: examples with feedback. Nothing here counts."""

import streamlit as st

from annotations import blinding, quality
from annotations.questions import Choice
from annotations.study import Study
from backend.database import Database
from screens import transcript


def show(database: Database, study: Study, rater: str, number: int) -> None:
    """One example at a time; the feedback stays until the rater goes on."""
    example, screen = study.practice[number], blinding.practice_screen(study, number)
    verdict = next(q for q in screen.questions if isinstance(q, Choice))
    st.caption(f"Example {number + 1} of {len(study.practice)} · does not count")
    st.header(screen.title)
    reading, answering = st.columns([3, 2])
    with reading:
        for shown in screen.transcripts:
            transcript.pane(shown, judge=screen.judge)
    with answering:
        st.markdown(f"**{verdict.text}**")
        answer = quality.practice_answer(database, rater, number)
        if answer is None:
            _ask(database, study, rater, number, verdict)
        else:
            st.text(f"You said: {verdict.options[answer]}")
            if answer == example.answer:
                st.success("Right.", icon=":material/check:")
            else:
                st.warning(
                    f"It was: {verdict.options[example.answer]}", icon=":material/lightbulb:"
                )
            st.markdown(example.why)
            if st.button("Go on", type="primary", key=f"on-{number}", shortcut="Ctrl+Enter"):
                quality.practised(database, rater, number)
                st.rerun()


def _ask(database: Database, study: Study, rater: str, number: int, verdict: Choice) -> None:
    for index, (value, label) in enumerate(verdict.options.items()):
        if st.button(label, key=f"p{number}-{value}", shortcut=str(index + 1), width="stretch"):
            quality.practise(database, study, rater, number, value)
            st.rerun()
