"""The main script: opens the database and routes a visitor to the pages of their role."""

import streamlit as st

from annotations.crowd.staff import StaffRole
from backend.database import DatabaseError
from pages import access, look
from pages.resources import database

# Pages have no icon of their own: Streamlit would fetch it from another host for the browser's tab.

# A rater's link names a study. Rater pages are a navigation of their own, so that nothing about
# the staff pages reaches a rater's browser.
AS_RATER = "study" in st.query_params

STAFF_PATHS = (
    "watch", "studies", "monitor", "results", "metrics", "realism", "dialogues", "people",
)  # fmt: skip

try:
    database()
    MEMBER = None if AS_RATER else access.member()
except DatabaseError as error:
    look.page(wide=False)
    st.error("Uncanny can't open its database.", icon=":material/database_off:")
    st.text("Please tell whoever sent you here." if AS_RATER else str(error))
    st.stop()

if AS_RATER:
    page = st.navigation([st.Page("rater/way.py", title="Uncanny")], position="hidden")
elif MEMBER is None:
    # At every staff page's address, so that a log-out leads to the log-in and not to "not found".
    closed = [
        st.Page("closed.py", title="Uncanny", url_path=path, default=not path)
        for path in ("", *STAFF_PATHS)
    ]
    page = st.navigation(closed, position="hidden")
else:
    shown = [
        st.Page("showcase/welcome.py", title="Welcome"),
        st.Page("showcase/watch.py", title="Watch"),
        st.Page("staff/studies.py", title="Studies"),
        st.Page("staff/monitor.py", title="Monitor"),
        st.Page("staff/results.py", title="Results"),
        st.Page("staff/metrics.py", title="Metrics"),
        st.Page("staff/realism.py", title="Realism"),
        st.Page("staff/dialogues.py", title="Dialogues"),
    ]
    if MEMBER.role >= StaffRole.ADMIN:
        shown.append(st.Page("staff/people.py", title="Staff"))
    page = st.navigation(shown, position="top")
page.run()
