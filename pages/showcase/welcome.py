"""The Welcome page: what the app does, and what to do first."""

import streamlit as st

from annotations import records
from backend.pool import Pool
from pages import look
from pages.links import rater_link
from pages.resources import database

look.page()
st.title("Can you tell who is real?", anchor=False)
st.markdown(
    "Recommendation assistants are trained and tested on **simulated people**. Uncanny lets real "
    "people judge them: chat with them, try to tell them from humans, rate what they read. "
    "The judgments stand beside automatic metrics, so you learn which metric would have told you."
)

names = records.study_names(database())
n_dialogues = Pool(database()).count()
first, left, middle, right = st.columns(4)
with first, st.container(border=True, height="stretch"):
    st.subheader(":material/visibility: Watch", anchor=False)
    st.markdown("Two simulators talk, live. See what each may see; take over either side.")
    st.page_link("showcase/watch.py", label="Watch", icon=":material/arrow_forward:")
with left, st.container(border=True, height="stretch"):
    st.subheader(":material/play_circle: Try it", anchor=False)
    st.markdown("Take the demo study as a rater would. No account; stop whenever you like.")
    if "demo" in names:
        st.link_button(
            "Start the demo", rater_link(records.study(database(), "demo")), type="primary"
        )
    else:
        st.caption("No demo here yet: start Uncanny with `make run`.")
with middle, st.container(border=True, height="stretch"):
    st.subheader(":material/assignment: Run a study", anchor=False)
    st.markdown(
        "Choose a protocol, get its link, watch it fill. "
        f"{n_dialogues:,} dialogues are in the pool."
    )
    st.page_link("staff/studies.py", label="Studies", icon=":material/arrow_forward:")
with right, st.container(border=True, height="stretch"):
    st.subheader(":material/insights: See results", anchor=False)
    st.markdown("What raters said, with intervals, and how each number was made.")
    st.page_link("staff/results.py", label="Results", icon=":material/arrow_forward:")
