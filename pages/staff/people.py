"""The Staff page, for admins: accounts, roles and the audit log."""

import pandas as pd
import streamlit as st

from annotations.crowd import staff, withdrawal
from annotations.crowd.staff import StaffError, StaffRole
from pages import access, look
from pages.prose import label
from pages.resources import database

_MAY = {
    "viewer": "looks at everything but recruiters' ids",
    "analyst": "also loads and rehearses studies, sets raters aside, exports",
    "admin": "also accounts, invites, recruiters' ids",
}


def show_accounts() -> None:
    """The accounts there are; making, changing and removing one."""
    known = staff.accounts(database())
    if known.empty:
        st.info(
            "There are no accounts: these pages are open to whoever sits at this machine, and to "
            "nobody else. With the first account everybody has to log in.",
            icon=":material/lock_open:",
        )
    else:
        known["made_at"] = pd.to_datetime(known["made_at"], unit="s").dt.floor("s")
        st.dataframe(known, hide_index=True)
    with st.form("account", clear_on_submit=True):
        st.markdown("**Make an account, or change one**")
        name = st.text_input("Name")
        role = st.selectbox("Role", list(_MAY), format_func=lambda r: f"{r}: {_MAY[r]}")
        email = st.text_input("E-mail address, for the organisation's log-in")
        passphrase = st.text_input(
            f"Or a passphrase ({staff.SHORTEST} characters or more)", type="password"
        )
        if st.form_submit_button("Save"):
            _save(name.strip(), role, email.strip(), passphrase)
    if not known.empty:
        gone = st.selectbox("Remove", known["name"].tolist(), index=None, placeholder="an account")
        if gone and st.button(label(f"Remove {gone}"), type="primary"):
            staff.remove(database(), gone)
            staff.note(database(), access.who(), "remove account", account=gone)
            st.rerun()


def _save(name: str, role: str, email: str, passphrase: str) -> None:
    try:
        staff.add(
            database(),
            name,
            StaffRole[role.upper()],
            passphrase=passphrase or None,
            email=email or None,
        )
    except StaffError as error:
        st.error(label(str(error)), icon=":material/error:")
        return
    staff.note(database(), access.who(), "save account", account=name, role=role)
    st.rerun()


def show_audit() -> None:
    """Every action that changed or exported something."""
    done = staff.audit(database())
    if done.empty:
        st.caption("Nothing yet.")
        return
    done["at"] = pd.to_datetime(done["at"], unit="s").dt.floor("s")
    st.dataframe(done, hide_index=True)


def show_privacy() -> None:
    """What has outlived its retention period, deleted now instead of within the hour."""
    st.caption(
        "Recruiters' raw ids, marks of devices and log-in attempts are deleted when their period "
        "is over, every hour while Uncanny is served."
    )
    if st.button("Delete now what is due", icon=":material/auto_delete:"):
        gone = withdrawal.keep_no_longer(database())
        staff.note(database(), access.who(), "retention", None, **gone)
        st.success(", ".join(f"{count} {what}" for what, count in gone.items()) + " deleted")


look.page("Staff · Uncanny")
st.title("Staff", anchor=False)
if not access.may(StaffRole.ADMIN):
    st.error("This page takes the role of an admin.")
    st.stop()
accounts, audit, privacy = st.tabs(["Accounts", "What was done", "Retention"])
with accounts:
    show_accounts()
with audit:
    show_audit()
with privacy:
    show_privacy()
