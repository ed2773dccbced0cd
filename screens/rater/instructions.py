"""Second: what to do."""

import streamlit as st

from annotations import assignment
from annotations.study import Study
from backend.database import Database


def show(database: Database, study: Study, rater: str) -> None:
    """Instructions, and how the keyboard helps."""
    st.title("What you will do")
    st.markdown(study.instructions)
    st.caption(
        "With a keyboard: number keys answer the question with the small keyboard sign, "
        "Ctrl + Enter sends."
    )
    following = "Start with two examples" if len(study.practice) == 2 else "Start with examples"
    if st.button(following if study.practice else "Start", type="primary", key="start"):
        assignment.instructed(database, rater)
        st.rerun()
