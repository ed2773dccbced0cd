"""Studies: load one, get its link, watch it fill, rehearse it, set raters aside."""

import pandas as pd
import streamlit as st

from annotations import chats, quality, records
from annotations import study as protocols
from annotations.planning import assumptions, plan
from annotations.rehearse import Skill, rehearse
from annotations.setup import set_up
from annotations.study import Study
from annotations.tasks.base import StudyError
from screens.links import rater_link
from screens.resources import database
from screens.staff import crowds

st.set_page_config(page_title="Studies · Uncanny", layout="wide")


def load_study() -> None:
    """Choose a ready-made protocol or upload one; errors name the line."""
    stored = records.study_names(database())
    ready, own = st.tabs(["Ready-made", "Your own file"])
    with ready:
        name = st.selectbox("Protocol", protocols.ready_made(), key="ready-made")
        if name:
            study = protocols.load(name)
            st.caption(study.description)
            st.caption(f"{len(study.tasks)} task(s), about {study.minutes} minutes a rater")
            if name in stored:
                st.caption("Loaded already: it is in the list on this page.")
            elif st.button("Load it", type="primary", key="load"):
                _store(study)
    with own:
        file = st.file_uploader("A study as YAML", type=["yaml", "yml"], key="upload")
        if file and st.button("Check and load it", type="primary", key="load-own"):
            try:
                _store(protocols.parse(file.getvalue().decode("utf-8"), source=file.name))
            except (StudyError, UnicodeDecodeError) as error:
                st.error("This file is not a valid study.", icon=":material/error:")
                st.code(str(error), language=None, wrap_lines=True)


def _store(study: Study) -> None:
    try:
        new = set_up(database(), study)
    except StudyError as error:
        st.error("This study can't be carried out yet.", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    st.session_state["study"] = study.name
    st.toast("Loaded" if new else "It was loaded already", icon=":material/check:")
    st.rerun()


def show_study(study: Study) -> None:
    """Link, protocol, how it fills, raters, rehearsal."""
    st.header(study.title, anchor=False)
    if study.demo:
        st.badge("Demo material: nothing here is human data", color="orange")
    st.caption("Link for raters")
    st.code(rater_link(study), language=None)
    crowd = crowds.choose(study.name, key="crowd")
    fill, people, rehearsal, protocol = st.tabs(["Filling", "Raters", "Rehearse", "Protocol"])
    with fill:
        show_filling(study, crowd)
    with people:
        show_raters(study, crowd)
    with rehearsal:
        show_rehearsal(study)
    with protocol:
        st.caption(f"SHA-256 {study.hash}")
        st.json(study.model_dump(mode="json", exclude_defaults=True), expanded=1)


@st.fragment(run_every=10)
def show_filling(study: Study, crowd: str) -> None:
    """Judgments collected of judgments wanted, by task; refreshed while the page is open."""
    units = records.progress(database(), study.name, crowd)
    raters = records.raters(database(), study.name, crowd)
    one, two, three = st.columns(3)
    one.metric("Raters", len(raters))
    two.metric("Finished", int(raters["completed_at"].notna().sum()))
    three.metric("Screens judged", f"{units['done'].sum():,} of {units['wanted'].sum():,}")
    for task in study.tasks:
        mine = units[units["task"] == task.id]
        done, wanted = int(mine["done"].sum()), int(mine["wanted"].sum())
        st.progress(
            done / max(wanted, 1),
            text=f"{task.title} · {len(mine)} units × {task.judgments_per_unit} · "
            f"{done} of {wanted} judged, {int(mine['open'].sum())} being judged now",
        )
    if powers := plan(database(), study, crowd=crowd):
        st.caption("What it can show")
        st.dataframe(
            pd.DataFrame(
                {
                    "task": one.title,
                    "when full": one.effect_told(one.planned),
                    "now": one.effect_told(one.now),
                }
                for one in powers
            ),
            hide_index=True,
        )
        st.caption(assumptions())
    failed = chats.failures(database(), study.name)
    if not failed.empty:
        st.warning(
            f"{len(failed)} time(s) a simulator had no answer in a chat. The raters were told to "
            "try again, and what they wrote is kept.",
            icon=":material/voice_over_off:",
        )
        with st.expander("Why"):
            failed["at"] = pd.to_datetime(failed["at"], unit="s").dt.floor("s")
            st.dataframe(failed, hide_index=True)
    with st.expander("Unit by unit"):
        st.dataframe(units.drop(columns="position"), hide_index=True)


def show_raters(study: Study, crowd: str) -> None:
    """Who takes part, by number, and setting someone aside with a reason."""
    raters = records.raters(database(), study.name, crowd)
    if said := st.session_state.pop("set_aside", None):
        st.success(said, icon=":material/check:")
    if raters.empty:
        st.info("Nobody yet. Share the link above, or rehearse the study first.")
        return
    shown = raters.drop(columns=["rater", "crowd"])
    for column in ("created_at", "instructed_at", "completed_at"):
        shown[column] = pd.to_datetime(shown[column], unit="s").dt.floor("s")
    st.dataframe(shown, hide_index=True)
    with st.form("exclude", clear_on_submit=True):
        st.markdown("**Set a rater aside**")
        number = st.selectbox("Rater number", raters["number"].tolist())
        reason = st.text_input("Reason (kept with the data)")
        who = st.text_input("Your name")
        if st.form_submit_button("Set aside") and number is not None:
            if not (reason.strip() and who.strip()):
                st.warning("A reason and a name, please: an exclusion is data, not a deletion.")
            else:
                rater = raters.set_index("number").loc[number, "rater"]
                quality.exclude(
                    database(), study.name, rule="named person", reason=reason, who=who, rater=rater
                )
                st.session_state["set_aside"] = f"Rater {number} is set aside. Nothing was deleted."
                st.rerun()


def show_rehearsal(study: Study) -> None:
    """Simulated raters through the same code, before any is paid."""
    st.caption(
        "Simulated raters of stated skill go through the same assignment and submission code. "
        "They are kept as a crowd of their own and are never pooled with people."
    )
    with st.form("rehearse"):
        count = st.number_input("Raters", 1, 500, 30)
        dprime = st.number_input("Planted d'", 0.0, 4.0, 1.0, 0.1)
        seed = st.number_input("Seed", 0, 9999, 1)
        if st.form_submit_button("Rehearse"):
            bar = st.progress(0.0, text="Rehearsing")
            done = rehearse(
                database(),
                study,
                raters=int(count),
                seed=int(seed),
                skill=Skill(dprime=float(dprime)),
                progress=lambda n: bar.progress(n / count, text=f"{n} of {count} raters"),
            )
            st.success(
                f"{done.submissions} screens judged by {done.raters} simulated raters "
                f"(crowd {done.crowd}). See them on the results page."
            )


st.title("Studies", anchor=False)
stored = records.study_names(database())
with st.expander("Load a study", expanded=not stored, icon=":material/add:"):
    load_study()
if stored:
    chosen = st.session_state.get("study")
    name = st.selectbox(
        "Study", stored, index=stored.index(chosen) if chosen in stored else 0, key="stored"
    )
    show_study(records.study(database(), name))
else:
    st.info("No study is loaded yet. Choose a ready-made protocol above to begin.")
