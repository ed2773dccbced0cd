"""Problem reports of raters, each beside the screen it is about, to be settled."""

import pandas as pd
import streamlit as st

from annotations.crowd.reports import ProblemReport, at_hand, reports, settle
from annotations.crowd.staff import StaffRole
from annotations.study import Study
from pages import access
from pages.prose import label, visible
from pages.resources import database
from pages.staff import one_dialogue

#: Reports shown at once; settling one makes room for the next.
SHOWN = 20

BEFORE = {
    "dialogue": "The dialogue has been erased since.",
    "check": "A check: its transcript is in the protocol.",
    "chat": "A chat that is not finished.",
    "none": "They had no screen before them.",
}


def show_reports(study: Study, crowd: str) -> None:
    """Problems that raters reported, each beside what they had before them."""
    there = reports(database(), study, crowd)
    if not there:
        st.text("No rater has reported a problem.")
        return
    still = [one for one in there if one.settled_at is None]
    st.caption(f"{len(still)} open, {len(there) - len(still)} settled")
    for one in still[:SHOWN]:
        _show_report(study, one)
    if len(still) > SHOWN:
        st.caption(f"{len(still) - SHOWN} more are open.")
    if settled := there[len(still) :]:
        with st.expander(f"{len(settled)} settled", icon=":material/check:"):
            for one in settled:
                st.caption(_when(one))
                st.text(f"{visible(one.text)}\nSettled by {visible(one.settled_by or '')}")


def _show_report(study: Study, report: ProblemReport) -> None:
    with st.container(border=True, key=f"report-{report.id}"):
        st.caption(_when(report))
        st.text(visible(report.text))
        before = st.expander(
            "What they had before them", key=f"before-{report.id}", on_change="rerun"
        )
        # A dialogue is read from the pool only once somebody opens it.
        if before.open:
            with before:
                kind, dialogues = at_hand(database(), study, report)
                if not dialogues:
                    st.text(BEFORE[kind])
                for dialogue in dialogues:
                    one_dialogue.show(dialogue)
        if access.may(StaffRole.ANALYST):
            st.button(
                "Settled",
                key=f"settle-{report.id}",
                icon=":material/check:",
                on_click=_settle,
                args=(report.id,),
            )


def _settle(report: int) -> None:
    # The button may have stood there for longer than the role lasted, or the report.
    if not access.may(StaffRole.ANALYST):
        return
    try:
        settle(database(), report, access.who())
    except KeyError:
        st.toast("It is gone: its rater has withdrawn.")


def _when(report: ProblemReport) -> str:
    at = pd.Timestamp(report.at, unit="s").strftime("%Y-%m-%d %H:%M UTC")
    where = f" · task {report.task} · unit {report.unit}" if report.unit else ""
    return label(f"Rater {report.number} · {at}{where}")
