"""Links a person can follow, on the host this page was opened at."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from annotations.study import Study


def rater_link(study: Study) -> str:
    """The address a rater opens, on the host this page was opened at.

    At a recruiter's door with the places that the recruiter fills in, as Prolific writes them.
    """
    return f"{_here()}/?{study.link}"


def invite_link(study: Study, token: str) -> str:
    """A single-use link."""
    return f"{_here()}/?{urlencode({'study': study.name, 'invite': token})}"


def own_link(study: Study, rater: str) -> str:
    """A rater's personal link, which leads back to their place."""
    return f"{_here()}/?{urlencode({'study': study.name, 'rater': rater})}"


def _here() -> str:
    here = urlsplit(st.context.url or "http://localhost:8501/")
    return f"{here.scheme}://{here.netloc}"
