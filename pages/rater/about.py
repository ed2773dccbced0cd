"""Step 4 of a rater, optional: questions about the rater."""

from typing import Any

import streamlit as st

from annotations import blinding, journey
from annotations.questions import AnswerError, Choice, Numbers, Text
from pages.prose import label
from pages.rater import form
from pages.rater.page import Page


def show(page: Page) -> None:
    """All questions on one screen; the first answers that are sent stand."""
    say = page.say
    st.title(say("about.title"), anchor=False)
    st.caption(say("about.why"))
    answers: dict[str, Any] = {}
    for question in blinding.worded(list(page.study.about), say):
        text = form.spoken(question.text)
        if isinstance(question, Numbers | Choice | Text):
            st.markdown(label(question.text))
        if isinstance(question, Numbers | Choice):
            options = {value: label(name) for value, name in question.options.items()}
            answers[question.id] = st.radio(
                text,
                list(options),
                index=None,
                format_func=options.get,
                key=f"about-{question.id}",
                label_visibility="collapsed",
            )
        elif isinstance(question, Text):
            answers[question.id] = st.text_input(
                text,
                max_chars=question.max_length,
                key=f"about-{question.id}",
                label_visibility="collapsed",
            )
    if st.button(say("about.send"), type="primary", key="about-send", shortcut="Ctrl+Enter"):
        try:
            journey.tell_about(page.database, page.study, page.rater, answers)
        except AnswerError as error:
            asked = error.question or ""
            st.warning(say("form.please", question=label(asked)), icon=":material/error:")
        else:
            st.rerun()
