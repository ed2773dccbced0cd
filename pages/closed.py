"""What a visitor sees who has no study's link and is not logged in."""

import streamlit as st

from annotations.crowd import staff
from pages import access, look
from pages.resources import database

look.page(wide=False)
st.title("You need a link", anchor=False)
st.markdown("To take part in a study, open the link you were given. It has `?study=` in it.")
if access.has_oidc():
    st.markdown("Researchers: log in with your organisation. An admin has to have added you.")
    if st.user.to_dict().get("is_logged_in"):
        st.warning("You are logged in, but your address is not on the list of staff.")
        st.button("Log out", on_click=st.logout)
    else:
        st.button("Log in", on_click=st.login, type="primary")
if staff.is_configured(database()):
    st.markdown("Researchers with a passphrase: [log in here](/staff/login).")
elif not access.has_oidc():
    st.markdown(
        "Researchers: these pages are open on the machine Uncanny runs on, at `localhost`. To "
        "reach them from elsewhere, make yourself an account there: "
        "`python -m annotations staff add NAME --role admin`."
    )
