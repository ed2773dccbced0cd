"""One dialogue as a researcher sees it: the transcript beside its provenance, labels, scores."""

from typing import Literal

import streamlit as st

from backend.dialogue import Dialogue, Origin, Player, Role
from backend.pool import Pool
from pages import transcript
from pages.prose import visible
from pages.resources import database

PLAYED_BY: dict[Origin, tuple[str, Literal["green", "violet", "orange"]]] = {
    Origin.HUMAN: ("a person", "green"),
    Origin.SIMULATED: ("simulated", "violet"),
    Origin.AUTHORED: ("written for the demo", "orange"),
}


def played(role: Role, player: Player) -> None:
    """Who played a role, as a badge; the system's full specification on demand."""
    words, colour = PLAYED_BY[player.origin]
    name = f"{transcript.NAMES[role]}: {words}"
    st.badge(name, color=colour)
    if player.system:
        st.text(visible(player.system.name))


def show(dialogue: Dialogue) -> None:
    """The transcript beside its provenance, labels and scores."""
    reading, facts = st.columns([3, 2])
    with reading, st.container(border=True, height=620):
        for turn in dialogue.turns:
            acts = ", ".join(act.kind.value for act in turn.acts)
            with transcript.bubble(turn.role, right=turn.role is Role.SEEKER, heading=acts):
                st.text(visible(turn.text))
    pool = Pool(database())
    with facts:
        for role in Role:
            played(role, dialogue.player(role))
        about = dialogue.provenance
        st.caption("Provenance")
        source = f"{about.corpus} · {about.source_id}\nlicence: {about.licence}"
        st.text(visible(f"{source}\nid: {dialogue.id}"))
        if dialogue.scenario:
            st.caption("Scenario")
            st.text(visible(dialogue.scenario.brief.summary))
            for attribute in dialogue.scenario.brief.attributes:
                st.text(visible(f"· {attribute}"))
        for title, frame in (
            ("Labels that came with the corpus", pool.labels(dialogue.id)),
            ("Automatic scores", pool.scores(dialogue.id)),
        ):
            if not frame.empty:
                st.caption(title)
                st.dataframe(frame.drop(columns=["dialogue", "corpus"], errors="ignore"))
        with st.expander("Everything, as JSON"):
            st.json(dialogue.model_dump(mode="json", exclude_defaults=True), expanded=1)
