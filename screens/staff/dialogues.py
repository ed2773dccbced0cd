"""Dialogues: browse the pool, read one, see where it comes from and what came with it."""

from typing import Literal

import streamlit as st

from annotations.blinding import Line
from backend.dialogue import Dialogue, Origin, Player, Role
from backend.pool import DialogueFilter, Pool
from screens import transcript
from screens.resources import database

st.set_page_config(page_title="Dialogues · Uncanny", layout="wide")

PLAYED_BY: dict[Origin, tuple[str, Literal["green", "violet", "orange"]]] = {
    Origin.HUMAN: ("a person", "green"),
    Origin.SIMULATED: ("simulated", "violet"),
    Origin.AUTHORED: ("written for the demo", "orange"),
}


def choose() -> DialogueFilter:
    """Filters by corpus, who sought, and length."""
    everything = pool.frame()
    one, two, three = st.columns(3)
    corpora = one.multiselect("Corpus", sorted(everything["corpus"].unique()))
    origins = two.multiselect("Seeker", [origin.value for origin in Origin])
    systems = three.multiselect(
        "Seeker system", sorted(everything["seeker_system"].dropna().unique())
    )
    return DialogueFilter(
        corpus=tuple(corpora) or None,
        seeker_origin=tuple(Origin(o) for o in origins) or None,
        seeker_system=tuple(systems) or None,
    )


def played(role: Role, player: Player) -> None:
    """Who played a role, as a badge; the system's full specification on demand."""
    words, colour = PLAYED_BY[player.origin]
    name = f"{transcript.NAMES[role]}: {words}"
    st.badge(name, color=colour)
    if player.system:
        st.text(player.system.name)


def show(dialogue: Dialogue) -> None:
    """The transcript beside its provenance, labels and scores."""
    reading, facts = st.columns([3, 2])
    with reading, st.container(border=True, height=620):
        for index, turn in enumerate(dialogue.turns):
            acts = ", ".join(act.kind.value for act in turn.acts)
            with transcript.bubble(turn.role, right=turn.role is Role.SEEKER, heading=acts):
                st.text(Line(turn.role, turn.text, index).text)
    with facts:
        for role in Role:
            played(role, dialogue.player(role))
        about = dialogue.provenance
        st.caption("Provenance")
        st.text(f"{about.corpus} · {about.source_id}\nlicence: {about.licence}\nid: {dialogue.id}")
        if dialogue.scenario:
            st.caption("Scenario")
            st.text(dialogue.scenario.brief.summary)
            for attribute in dialogue.scenario.brief.attributes:
                st.text(f"· {attribute}")
        for title, frame in (
            ("Labels that came with the corpus", pool.labels(dialogue.id)),
            ("Automatic scores", pool.scores(dialogue.id)),
        ):
            if not frame.empty:
                st.caption(title)
                st.dataframe(frame.drop(columns=["dialogue", "corpus"], errors="ignore"))
        with st.expander("Everything, as JSON"):
            st.json(dialogue.model_dump(mode="json", exclude_defaults=True), expanded=1)


st.title("Dialogues", anchor=False)
pool = Pool(database())
if not pool.count():
    st.info(
        "The pool is empty. Bring dialogues in with one of these:", icon=":material/inventory_2:"
    )
    st.code(
        "python -m backend demo\n"
        "python -m backend import CORPUS PATH\n"
        "python -m backend simulate --seeker agenda --recommender critiquing -n 200 --seed 1",
        language="bash",
    )
    st.stop()
found = pool.frame(choose())
st.caption(f"{len(found):,} dialogues")
picked = st.dataframe(
    found.drop(columns=["id", "licence", "added_at"]),
    hide_index=True,
    height=260,
    selection_mode="single-row",
    on_select="rerun",
    key="picked",
)
rows = picked["selection"]["rows"]
if found.empty:
    st.info("No dialogue passes these filters.")
elif rows or len(found) == 1:
    show(pool.get(found.iloc[rows[0] if rows else 0]["id"]))
else:
    st.caption("Choose a row to read the dialogue.")
