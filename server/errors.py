"""An error nobody foresaw: the visitor is told plainly, the log has it under a number."""

import logging
import secrets

import streamlit as st

_LOG = logging.getLogger(__name__)


def say_sorry(error: Exception) -> bool:
    """Show a calm message with a number, and log the error under it. Streamlit shows no more.

    Its own message offers to send the error to strangers.
    """
    number = secrets.token_hex(3)
    _LOG.error("Error %s", number, exc_info=error)
    st.error(
        "Something went wrong on our side. Nothing you sent is lost: please reload this page. "
        f"If it happens again, tell whoever sent you here this number: {number}.",
        icon=":material/sentiment_dissatisfied:",
    )
    return True
