"""Opens the database and routes a visitor to the pages of their role; nothing else."""

import os

import streamlit as st

from backend.database import DatabaseError
from screens.resources import database

# A rater's link names a study. Rater pages are a navigation of their own, so that nothing about
# the staff pages reaches a rater's browser.
AS_RATER = "study" in st.query_params

# There is no login yet: whoever is on this machine is staff, others only where told so. Streamlit
# gives no address for this machine itself. A proxy here would hide the difference: see the docs.
IS_STAFF = st.context.ip_address is None or os.environ.get("UNCANNY_STAFF") == "open"

try:
    database()
except DatabaseError as error:
    st.set_page_config(page_title="Uncanny")
    st.error("Uncanny can't open its database.", icon=":material/database_off:")
    st.text("Please tell whoever sent you here." if AS_RATER else str(error))
    st.stop()

if AS_RATER:
    page = st.navigation([st.Page("screens/rater/way.py", title="Uncanny")], position="hidden")
elif not IS_STAFF:
    page = st.navigation([st.Page("screens/closed.py", title="Uncanny")], position="hidden")
else:
    page = st.navigation(
        [
            st.Page("screens/showcase/welcome.py", title="Welcome", icon=":material/waving_hand:"),
            st.Page("screens/showcase/watch.py", title="Watch", icon=":material/visibility:"),
            st.Page("screens/staff/studies.py", title="Studies", icon=":material/assignment:"),
            st.Page("screens/staff/results.py", title="Results", icon=":material/insights:"),
            st.Page("screens/staff/metrics.py", title="Metrics", icon=":material/query_stats:"),
            st.Page("screens/staff/realism.py", title="Realism", icon=":material/balance:"),
            st.Page("screens/staff/dialogues.py", title="Dialogues", icon=":material/forum:"),
        ],
        position="top",
    )
page.run()
