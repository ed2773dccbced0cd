"""Unexpected errors: the visitor sees a short message with a number, under which the log has it."""

import logging
import secrets
from collections.abc import Callable

import streamlit as st

from annotations.wording import Language, Wording

_LOG = logging.getLogger(__name__)


def sorry(language_of: Callable[[str], Language | None]) -> Callable[[Exception], bool]:
    """What to do with an error: show a calm message with a number, and log it under that.

    Raters read it in the language of their study, as `language_of` says. Streamlit shows no more:
    its own message offers to send the error to strangers.
    """

    def say_sorry(error: Exception) -> bool:
        number = secrets.token_hex(3)
        _LOG.error("Error %s", number, exc_info=error)
        say = Wording(language_of(st.query_params.get("study", "")) or "en")
        st.error(say("page.unforeseen", number=number), icon=":material/sentiment_dissatisfied:")
        return True

    return say_sorry
