"""First: what the study is, what is kept, does the rater agree. Nothing is stored before."""

import streamlit as st

from annotations import assignment
from annotations.study import Study
from backend.database import Database


def show(database: Database, study: Study, rater: str) -> None:
    """Title, time, consent text; agree stores the consent, decline stores nothing."""
    st.title(study.title)
    st.caption(f"About {study.minutes} minutes · works on a phone · you can stop at any time")
    if st.session_state.get("declined"):
        st.info(study.consent.declined, icon=":material/waving_hand:")
        if st.button("I have changed my mind", key="reconsider"):
            del st.session_state["declined"]
            st.rerun()
        return
    with st.container(border=True):
        st.markdown(study.consent.text)
    with st.container(horizontal=True):
        if st.button(study.consent.agree, type="primary", key="agree"):
            assignment.join(database, study, rater)
            st.rerun()
        if st.button(study.consent.decline, key="decline"):
            st.session_state["declined"] = True
            st.rerun()
