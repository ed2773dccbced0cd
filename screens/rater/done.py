"""Last: thanks, and the code, which is shown only once everything is stored."""

import streamlit as st

from annotations.study import Study


def show(study: Study) -> None:
    """The completion code, ready to copy."""
    st.title("All done")
    st.success(study.completion.text, icon=":material/check_circle:")
    st.text("Your completion code:")
    st.code(study.completion.code, language=None)
    st.caption("Your answers are safe. You can close this page.")
