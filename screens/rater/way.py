"""A rater's way through a study: finds where they stand in the database and shows that step.

The link carries the study and, from the first visit on, the rater's secret id, so that a reload,
another tab or a restarted server resumes at the same place.
"""

import streamlit as st

from annotations import assignment, records
from annotations.assignment import Step
from annotations.tasks.base import StudyError
from screens.rater import consent, done, instructions, practice, tasks
from screens.resources import database, warm_partners

try:
    study = records.study(database(), st.query_params["study"])
except StudyError:
    st.set_page_config(page_title="Uncanny")
    st.title("This link leads nowhere")
    st.text("There is no such study here. Please check the link, or ask whoever sent it to you.")
    st.stop()

st.set_page_config(page_title=study.title, page_icon=":material/forum:", layout="wide")

rater = st.query_params.get("rater", "")
if not 16 <= len(rater) <= 80:
    rater = assignment.new_rater_id()
    st.query_params["rater"] = rater

warm_partners(study)
standing = assignment.standing(database(), study, rater)
if study.demo:
    st.badge("Demo material: nothing here is human data", icon=":material/science:", color="orange")

match standing.step:
    case Step.CONSENT:
        consent.show(database(), study, rater)
    case Step.INSTRUCTIONS:
        instructions.show(database(), study, rater)
    case Step.PRACTICE:
        practice.show(database(), study, rater, standing.practised)
    case Step.TASK:
        tasks.show(database(), study, rater, standing)
    case Step.DONE:
        done.show(study)
