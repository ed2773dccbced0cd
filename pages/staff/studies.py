"""The Studies page: load a study, get its link, rehearse it, exclude raters."""

import pandas as pd
import streamlit as st

from annotations import records
from annotations import study as protocols
from annotations.crowd import staff
from annotations.crowd.staff import StaffRole
from annotations.export import export_zip
from annotations.live import chats
from annotations.planning import LARGE_CROWD, assumptions, plan, raters_needed
from annotations.rehearse import Skill, rehearse
from annotations.setup import set_up
from annotations.study import Study
from annotations.tasks.base import StudyError
from pages import access, look
from pages.links import rater_link
from pages.prose import label, prose
from pages.resources import database
from pages.staff import crowds
from pages.staff.crowd import show_raters

look.page("Studies · Uncanny")


def load_study() -> None:
    """Choose a ready-made protocol or upload one; errors name the line."""
    stored = records.study_names(database())
    ready, own = st.tabs(["Ready-made", "Your own file"])
    with ready:
        name = st.selectbox("Protocol", protocols.ready_made(), key="ready-made")
        if name:
            study = protocols.load(name)
            st.caption(prose(study.description))
            st.caption(f"{len(study.tasks)} task(s), about {study.minutes} minutes a rater")
            if name in stored:
                st.caption("Loaded already: it is in the list on this page.")
            elif not access.may(StaffRole.ANALYST):
                st.caption("Loading a study takes the role of an analyst.")
            elif st.button("Load it", type="primary", key="load"):
                _store(study)
    with own:
        file = st.file_uploader("A study as YAML", type=["yaml", "yml"], key="upload")
        may = access.may(StaffRole.ANALYST)
        if file and may and st.button("Check and load it", type="primary", key="load-own"):
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
    if new:
        staff.note(database(), access.who(), "load study", study.name, hash=study.hash)
    st.session_state["study"] = study.name
    st.toast("Loaded" if new else "It was loaded already", icon=":material/check:")
    st.rerun()


def show_study(study: Study) -> None:
    """Link, protocol, how it fills, raters, rehearsal."""
    st.header(label(study.title), anchor=False)
    st.caption("Link for raters")
    st.code(rater_link(study), language=None)
    crowd = crowds.choose(study.name, key="crowd")
    crowds.marks(study.name, crowd)
    fill, people, rehearsal, files, protocol = st.tabs(
        ["Filling", "Raters", "Rehearse", "Export", "Protocol"]
    )
    with fill:
        show_filling(study, crowd)
    with people:
        show_raters(study, crowd)
    with rehearsal:
        show_rehearsal(study)
    with files:
        show_export(study)
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
            text=f"{label(task.title)} · {len(mine)} units × {task.judgments_per_unit} · "
            f"{done} of {wanted} judged, {int(mine['open'].sum())} being judged now",
        )
    needed = raters_needed(study, units)
    large = " That is a large crowd." if needed > LARGE_CROWD else ""
    st.caption(f"It needs {needed:,} raters in all.{large}")
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


def show_rehearsal(study: Study) -> None:
    """Simulated raters through the same code, before any is paid."""
    st.caption(
        "Simulated raters of stated skill go through the same assignment and submission code. "
        "They are kept as a crowd of their own and are never pooled with people."
    )
    if not access.may(StaffRole.ANALYST):
        st.caption("A rehearsal takes the role of an analyst.")
        return
    with st.form("rehearse"):
        count = st.number_input("Raters", 1, 500, 30)
        dprime = st.number_input("Planted d'", 0.0, 4.0, 1.0, 0.1)
        spammers = st.number_input(
            "Spammers", 0.0, 1.0, 0.0, 0.05, help="Share of raters who read nothing"
        )
        seed = st.number_input("Seed", 0, 9999, 1)
        if st.form_submit_button("Rehearse"):
            bar = st.progress(0.0, text="Rehearsing")
            done = rehearse(
                database(),
                study,
                raters=int(count),
                seed=int(seed),
                skill=Skill(dprime=float(dprime), spammers=float(spammers)),
                progress=lambda n: bar.progress(n / count, text=f"{n} of {count} raters"),
            )
            staff.note(
                database(), access.who(), "rehearse", study.name, raters=done.raters, seed=seed
            )
            st.success(
                f"{done.submissions} screens judged by {done.raters} simulated raters "
                f"(crowd {done.crowd}). See them on the results page."
            )


def show_export(study: Study) -> None:
    """Everything that may leave the house, as one archive."""
    st.caption(
        "Judgments one by one, raters as numbers, exclusions, dialogues, the protocol and a data "
        "card, as CSV, JSONL and Parquet. Who withdrew is not in it."
    )
    if not access.may(StaffRole.ANALYST):
        st.caption("An export takes the role of an analyst.")
    elif st.button("Prepare the export", icon=":material/archive:"):
        with st.spinner("Writing the tables …"):
            archive = export_zip(database(), study.name)
        staff.note(database(), access.who(), "export", study.name, bytes=len(archive))
        st.download_button(
            f"Download ({len(archive) / 1e6:.1f} MB)",
            archive,
            file_name=f"{study.name}.zip",
            mime="application/zip",
            icon=":material/download:",
        )


st.title("Studies", anchor=False)
stored = records.study_names(database())
with st.expander("Load a study", expanded=not stored, icon=":material/add:"):
    load_study()
for name in records.unreadable_studies(database()):
    st.warning(f"The stored study {label(name)} can't be read.", icon=":material/error:")
    st.code(f"python -m annotations delete {name} --yes", language=None)
if stored:
    chosen = st.session_state.get("study")
    name = st.selectbox(
        "Study", stored, index=stored.index(chosen) if chosen in stored else 0, key="stored"
    )
    show_study(records.study(database(), name))
else:
    st.info("No study is loaded yet. Choose a ready-made protocol above to begin.")
