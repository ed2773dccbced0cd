"""Step 2 of a rater: the instructions."""

import streamlit as st

from annotations import journey
from pages.prose import prose
from pages.rater.page import Page


def show(page: Page) -> None:
    """Instructions, and how the keyboard helps."""
    say = page.say
    st.title(say("instructions.title"), anchor=False)
    st.markdown(prose(page.study.instructions))
    st.caption(say("instructions.keyboard"))
    examples = {0: "start", 2: "two_examples"}.get(len(page.study.practice), "examples")
    if st.button(say(f"instructions.{examples}"), type="primary", key="start"):
        journey.instructed(page.database, page.rater)
        st.rerun()
