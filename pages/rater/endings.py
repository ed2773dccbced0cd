"""The last step of a rater: thanks and the completion code, once everything is stored."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st

from annotations.crowd import withdrawal
from pages.prose import label, prose, visible
from pages.rater.page import Page


def done(page: Page) -> None:
    """After the last task: the completion code, ready to copy, and the way back."""
    completion, say = page.study.completion, page.say
    st.title(say("done.title"), anchor=False)
    st.success(prose(completion.text or say("done.text")), icon=":material/check_circle:")
    _code(page, completion.code)
    st.caption(say("done.safe"))


def screened_out(page: Page) -> None:
    """After practice that was not passed."""
    ending = page.study.completion.screened_out
    st.title(page.say("screened.title"), anchor=False)
    st.info(prose(ending.text or page.say("screened.text")), icon=":material/waving_hand:")
    _code(page, ending.code)


def declined(page: Page) -> None:
    """After `no`: what was not kept, and the code for it."""
    ending = page.study.completion.declined
    text = ending.text or page.study.consent.declined or page.say("consent.declined")
    st.info(prose(text), icon=":material/waving_hand:")
    _code(page, ending.code)


def withdrawn(page: Page) -> None:
    """After a withdrawal: what is gone, and what can't be fetched back."""
    st.title(page.say("withdrawn.title"), anchor=False)
    st.info(page.say("withdrawn.text"), icon=":material/delete:")
    if when := withdrawal.withdrawn_at(page.database, page.rater):
        at = datetime.fromtimestamp(when, UTC)
        st.caption(page.say("withdrawn.before", at=f"{at:%Y-%m-%d %H:%M} UTC"))
    if page.standing.finished:  # the work was done: it is paid, whatever becomes of the data
        _code(page, page.study.completion.code)


def _code(page: Page, code: str | None) -> None:
    if not code:
        return
    st.text(page.say("done.code"))
    st.code(visible(code), language=None)
    if back := page.study.completion.way_back(code):
        place = urlsplit(back).hostname or page.say("done.recruiter")
        st.link_button(
            page.say("done.back", place=label(place)), back, icon=":material/arrow_forward:"
        )
