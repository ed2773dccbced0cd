"""The raters of a study: reliability, exclusion, invites and payment."""

import pandas as pd
import streamlit as st

from annotations import doors, quality, records
from annotations.crowd import payment, staff, vetting
from annotations.crowd.staff import StaffRole
from annotations.study import Study
from pages import access
from pages.links import invite_link
from pages.resources import database


def show_raters(study: Study, crowd: str) -> None:
    """Who takes part, by number, how far they can be relied on, and setting someone aside."""
    raters = records.raters(database(), study.name, crowd)
    if said := st.session_state.pop("set_aside", None):
        st.success(said, icon=":material/check:")
    if raters.empty:
        st.info("Nobody yet. Share the link above, or rehearse the study first.")
    else:
        vetted = vetting.vet(database(), study, crowd)
        due = vetting.due(database(), study, vetted)
        _show_table(raters, vetted, due)
        if access.may(StaffRole.ANALYST):
            _apply_rules(study, crowd, due)
            _set_aside(study, raters)
    if access.may(StaffRole.ADMIN) and study.recruitment.door == "invite":
        _invites(study)
    if access.may(StaffRole.ADMIN) and study.recruitment.wanted:
        _payment(study)


def _show_table(raters: pd.DataFrame, vetted: list[vetting.Vetted], due: dict[int, str]) -> None:
    """Everybody, those first whom a rule names or who have a flag."""
    known = {one.number: one for one in vetted}
    rows = []
    for person in raters.to_dict("records"):
        number = int(person["number"])
        one = known.get(number)
        flags = one.flags if one else {}
        rows.append(
            {
                "rater": number,
                "set aside": bool(person["excluded"]),
                "a rule says": due.get(number, ""),
                "flags": "; ".join(f"{name}: {seen}" for name, seen in flags.items()),
                "gold": f"{one.gold_passed} of {one.gold}" if one and one.gold else None,
                "attention failed": (
                    f"{one.attention_failed} of {one.attention}" if one and one.attention else None
                ),
                "agreement": one.agreement if one else None,
                "screens": person["judged"],
                "seconds a screen": one.seconds if one else None,
                "joined (UTC)": pd.to_datetime(person["created_at"], unit="s").floor("s"),
                "finished (UTC)": pd.to_datetime(person["completed_at"], unit="s").floor("s"),
            }
        )
    rows.sort(key=lambda row: (not row["a rule says"], not row["flags"], row["rater"]))
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "a rule says": st.column_config.TextColumn(
                help="Why the protocol's rules would set this rater aside now", width="medium"
            ),
            "flags": st.column_config.TextColumn(width="medium"),
            "seconds a screen": st.column_config.NumberColumn(format="%.0f", help="Median"),
            "agreement": st.column_config.NumberColumn(
                format="%.2f", help="With others who judged the same units, 0 to 1"
            ),
        },
    )
    st.caption(
        "A flag is an observation. It sets nobody aside: a rule of the protocol does, or a person "
        "with a name. Results can always be seen with and without."
    )


def _apply_rules(study: Study, crowd: str, due: dict[int, str]) -> None:
    if not study.quality.rules:
        st.caption("This protocol has no rule that sets raters aside.")
        return
    if not due:
        st.caption("The protocol's rules name nobody who is not on record already.")
        return
    raters = "the rater" if len(due) == 1 else f"the {len(due)} raters"
    if st.button(f"Set aside {raters} whom the protocol's rules name", icon=":material/rule:"):
        numbers = vetting.apply_rules(database(), study, crowd)
        staff.note(database(), access.who(), "apply rules", study.name, excluded=numbers)
        told = ", ".join(map(str, numbers)) or "nobody"
        st.session_state["set_aside"] = f"Newly set aside: {told}. Nothing was deleted."
        st.rerun()


def _set_aside(study: Study, raters: pd.DataFrame) -> None:
    by_number = raters.set_index("number")
    with st.form("exclude", clear_on_submit=True):
        st.markdown("**Set a rater aside, or let one count again**")
        number = st.selectbox("Rater number", raters["number"].tolist())
        reason = st.text_input("Reason (kept with the data)")
        who = st.text_input("Your name", value=access.who())
        aside = st.form_submit_button("Set aside")
        back = st.form_submit_button("Let count again")
    if not (aside or back) or number is None:
        return
    if not (reason.strip() and who.strip()):
        st.warning("A reason and a name, please: an exclusion is data, not a deletion.")
        return
    rater = by_number.loc[number, "rater"]
    action = "set aside" if aside else "let count again"
    if aside:
        quality.exclude(
            database(), study.name, rule="named person", reason=reason, who=who, rater=rater
        )
        told = f"Rater {number} is set aside. Nothing was deleted."
    else:
        quality.revoke(database(), study.name, rater=rater)
        told = f"Rater {number} counts again. The exclusion stays on record."
    staff.note(database(), access.who(), action, study.name, rater=int(number), reason=reason)
    st.session_state["set_aside"] = told
    st.rerun()


def _invites(study: Study) -> None:
    with st.form("invite"):
        st.markdown("**Single-use links**")
        count = int(st.number_input("How many", 1, 1000, 10))
        if st.form_submit_button("Make them"):
            tokens = doors.invite(database(), study, count, who=access.who())
            staff.note(database(), access.who(), "invite", study.name, count=count)
            st.code("\n".join(invite_link(study, token) for token in tokens), language=None)
            st.caption("They are shown once: here only a hash of each is kept.")


def _payment(study: Study) -> None:
    st.markdown("**Payment**")
    if st.button("Prepare the list of recruiters' ids", icon=":material/payments:"):
        rows = payment.due(database(), study)
        staff.note(database(), access.who(), "list recruiters' ids", study.name, rows=len(rows))
        st.download_button(
            f"Download {len(rows)} rows",
            payment.as_csv(rows),
            file_name=f"{study.name}-payment.csv",
            mime="text/csv",
            icon=":material/download:",
        )
        st.caption("Who finished and who was screened out, with the code they saw. Looked at: "
                   "recorded in the audit table.")  # fmt: skip
