"""Shows the step of a study that a rater has reached, as the database has it.

The link carries the study and what tells the rater apart: a recruiter's parameters, an invite, or
from the first visit on their own secret id. Nothing else is needed, so a reload, another tab or a
restarted server resumes at the same place.
"""

import streamlit as st

from annotations import doors, journey, records
from annotations.doors import EntryRefused
from annotations.journey import JourneyStep
from annotations.tasks.base import StudyError
from annotations.wording import Wording
from backend.database import DatabaseError
from pages import look
from pages.rater import about, consent, endings, instructions, menu, practice, tasks
from pages.rater.page import Page
from pages.resources import database, warm_partners

try:
    study = records.study(database(), st.query_params["study"])
except StudyError:
    say = Wording("en")
    look.page(wide=False)
    st.title(say("page.nowhere"), anchor=False)
    st.text(say("page.nowhere_why"))
    st.stop()

look.page(study.title)
say = Wording(study.language)

try:
    # Address and browser: hashed at once, and only where the protocol asks for it.
    link = {name: st.query_params.get_all(name) for name in st.query_params}
    if (
        study.recruitment.door == "open"
        and "rater" not in link
        and (known := st.session_state.get(f"rater-of-{study.name}"))
    ):
        # The browser's Back button takes the person from the link, not out of the study.
        link["rater"] = [known]
    device = f"{st.context.ip_address} {st.context.headers.get('User-Agent', '')}"
    visit = doors.enter(database(), study, link, device=device)
except EntryRefused as error:
    st.title(say("refused.title"), anchor=False)
    st.text(say(f"refused.{error.reason}", name=error.name))
    st.stop()

if study.recruitment.door == "open":
    st.session_state[f"rater-of-{study.name}"] = visit.rater
    if st.query_params.get("rater") != visit.rater:
        st.query_params["rater"] = visit.rater

warm_partners(study)
if study.demo:
    st.badge(say("page.demo"), icon=":material/science:", color="orange")

try:
    doors.come_back(database(), visit)
    page = Page(database(), study, visit, journey.standing(database(), study, visit.rater), say)
    match page.standing.step:
        case JourneyStep.CONSENT:
            consent.show(page)
        case JourneyStep.INSTRUCTIONS:
            instructions.show(page)
        case JourneyStep.PRACTICE:
            practice.show(page)
        case JourneyStep.ABOUT:
            about.show(page)
        case JourneyStep.TASK:
            tasks.show(page)
        case JourneyStep.DONE:
            endings.done(page)
        case JourneyStep.SCREENED_OUT:
            endings.screened_out(page)
        case JourneyStep.WITHDRAWN:
            endings.withdrawn(page)
    if page.standing.step not in (JourneyStep.CONSENT, JourneyStep.WITHDRAWN):
        menu.show(page)
except records.NoConsent:
    st.rerun()  # withdrawn in another window
except DatabaseError:
    st.error(say("page.trouble"), icon=":material/cloud_off:")
    st.button(say("chat.try_again"), key="again")
