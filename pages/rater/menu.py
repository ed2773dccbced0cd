"""The menu 'About this study' of each rater screen: own link, problem report, withdrawal."""

import streamlit as st

from annotations import assignment, journey
from annotations.crowd import withdrawal
from annotations.journey import JourneyStep
from pages.links import own_link
from pages.rater.page import Page


def show(page: Page) -> None:
    """A quiet line at the end of the page that opens."""
    say = page.say
    # The key keeps it open while what is in it changes.
    with st.expander(say("page.about"), icon=":material/info:", key="menu"):
        st.text(say("menu.link"))
        st.code(own_link(page.study, page.rater), language=None, wrap_lines=True)
        if page.standing.step is JourneyStep.TASK:
            _report(page)
        st.markdown(f"**{say('menu.withdraw')}**")
        st.text(say("menu.withdraw_why"))
        # Two clicks: what can't be taken back is not one slip away.
        if st.session_state.get("withdrawing"):
            if st.button(say("menu.withdraw_sure"), key="withdraw-sure", type="primary"):
                withdrawal.withdraw(page.database, page.rater)
                del st.session_state["withdrawing"]
                st.rerun()
        elif st.button(say("menu.withdraw"), key="withdraw", icon=":material/delete:"):
            st.session_state["withdrawing"] = True
            st.rerun()


def _report(page: Page) -> None:
    say = page.say
    with st.form("report", clear_on_submit=True, border=False):
        text = st.text_area(say("menu.report"), max_chars=1000, height=80)
        if st.form_submit_button(say("menu.report_send")) and text.strip():
            given = assignment.current(page.database, page.rater)
            journey.report(page.database, page.study, page.rater, text, given.id if given else None)
            st.success(say("menu.reported"), icon=":material/check:")
