"""The role of the current visitor: a member of the staff, or nobody known."""

from contextlib import suppress
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from annotations.crowd import staff
from annotations.crowd.staff import Member, StaffRole
from pages.resources import database

#: Headers by which a proxy says that the visitor is somebody else.
_PROXIED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")

_HERE = ("localhost", "127.0.0.1", "::1")


def member() -> Member | None:
    """The member of staff who is looking, or None.

    By passphrase (a signed cookie) or by the identity provider's verified address. Where there
    are neither accounts nor a provider, whoever sits at this machine.
    """
    if told := st.context.cookies.get(staff.COOKIE):
        found = staff.of_pass(database(), told)
        if found:
            return found
    if has_oidc():
        user = st.user.to_dict()
        if user.get("is_logged_in") and user.get("email") and user.get("email_verified", True):
            return staff.of_email(database(), str(user["email"]))
        return None
    if not staff.is_configured(database()) and _is_this_machine():
        return Member("this machine", StaffRole.ADMIN)
    return None


def who() -> str:
    """The name that records of actions carry."""
    found = member()
    return found.name if found else "nobody"


def may(role: StaffRole) -> bool:
    """Whether who is looking has this role, or one that may more."""
    found = member()
    return found is not None and found.role >= role


def has_oidc() -> bool:
    """Whether `.streamlit/secrets.toml` names an identity provider (`[auth]`)."""
    with suppress(StreamlitSecretNotFoundError):
        return "auth" in st.secrets
    return False


def _is_this_machine() -> bool:
    """Whether the visitor sits here: no address, no proxy, and this machine's own name asked for.

    The name matters: any web page could else point a name of its own at 127.0.0.1.
    """
    headers = st.context.headers
    host = urlsplit(f"//{headers.get('Host', '')}").hostname
    return (
        st.context.ip_address is None
        and host in _HERE
        and not any(name in headers for name in _PROXIED)
    )
