"""Step 1 of a rater: information and consent. Nothing is stored before."""

import streamlit as st

from annotations import doors, journey
from annotations.study import Study
from annotations.tasks.base import Layout
from annotations.wording import Wording
from pages.prose import label, prose
from pages.rater import endings
from pages.rater.page import Page


def show(page: Page) -> None:
    """Title, time, consent text, what is kept; agree stores the consent, decline no person."""
    study, say = page.study, page.say
    st.title(label(study.title), anchor=False)
    st.caption(say("consent.facts", minutes=study.minutes))
    if st.session_state.get("declined"):
        endings.declined(page)
        if st.button(say("consent.reconsider"), key="reconsider"):
            del st.session_state["declined"]
            st.rerun()
        return
    with st.container(border=True):
        st.markdown(prose(study.consent.text))
        st.markdown(f"**{say('consent.kept')}**")
        st.markdown("\n".join(f"- {prose(line)}" for line in kept(study, say)))
    with st.container(horizontal=True):
        agree = study.consent.agree or say("consent.agree")
        if st.button(label(agree), type="primary", key="agree"):
            journey.join(page.database, study, page.visit)
            st.rerun()
        if st.button(label(study.consent.decline or say("consent.decline")), key="decline"):
            doors.decline(page.database, study)
            st.session_state["declined"] = True
            st.rerun()


def kept(study: Study, say: Wording) -> list[str]:
    """What this protocol really keeps of a rater, one line each."""
    lines = [say("consent.kept_answers")]
    if any(task.layout in (Layout.CHAT, Layout.LIVE) for task in study.tasks):
        lines.append(say("consent.kept_chats"))
    if study.about:
        lines.append(say("consent.kept_about"))
    lines.append(say("consent.kept_reports"))
    recruiter = {"prolific": "Prolific", "recruiter": ""}.get(study.recruitment.door)
    days = study.privacy.recruiter_ids_days
    if recruiter is None:
        lines.append(say("consent.kept_nothing"))
    else:
        name = recruiter or next(iter(study.recruitment.wanted))
        lines.append(say("consent.kept_hash", recruiter=name, days=days))
    if study.privacy.devices:
        lines.append(say("consent.kept_device", days=days))
    return [*lines, say("consent.kept_consent"), say("consent.kept_withdraw")]
