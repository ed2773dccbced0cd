"""Links a person can follow: a rater's link names its study and nothing else."""

from urllib.parse import urlsplit

import streamlit as st

from annotations.study import Study


def rater_link(study: Study) -> str:
    """The address a rater opens, on the host this page was opened at.

    At a recruiter's door with the places that the recruiter fills in, as Prolific writes them.
    """
    here = urlsplit(st.context.url or "http://localhost:8501/")
    return f"{here.scheme}://{here.netloc}/?{study.link}"
