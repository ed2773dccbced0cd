"""Links a person can follow: a rater's link names its study and nothing else."""

from urllib.parse import urlencode, urlsplit

import streamlit as st


def rater_link(study: str) -> str:
    """The address a rater opens, on the host this page was opened at."""
    here = urlsplit(st.context.url or "http://localhost:8501/")
    return f"{here.scheme}://{here.netloc}/?{urlencode({'study': study})}"
