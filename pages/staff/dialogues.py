"""The Dialogues page: browse the pool, read a dialogue with provenance, labels and scores."""

import streamlit as st

from backend.dialogue import Origin
from backend.pool import DialogueFilter, Pool
from pages import look
from pages.resources import database
from pages.staff.one_dialogue import show

look.page("Dialogues · Uncanny")


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
