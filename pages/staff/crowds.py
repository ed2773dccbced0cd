"""The choice of a crowd (people or a rehearsal), and the mark of figures without human data."""

from typing import Any

import streamlit as st

from annotations import records
from pages.resources import database


def choose(study: str, *, key: str, at: Any = st) -> str:
    """A crowd of a study; `at` is where the choice is drawn."""
    there = [*dict.fromkeys([records.PEOPLE, *records.crowds(database(), study)])]
    picked: str = at.selectbox(
        "Crowd",
        there,
        help="People and rehearsals are counted apart and never pooled.",
        key=key,
    )
    return picked


def marks(study: str, crowd: str) -> None:
    """Badges where a study is demo material, or its raters are simulated."""
    if records.study(database(), study).demo:
        st.badge("Demo material: nothing here is human data", color="orange")
    if crowd != records.PEOPLE:
        st.badge(
            "Rehearsal: these raters are simulated", icon=":material/smart_toy:", color="violet"
        )
