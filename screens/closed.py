"""What a visitor from elsewhere sees who has no study's link: that one is needed."""

import streamlit as st

st.set_page_config(page_title="Uncanny", page_icon=":material/lock:")
st.title("You need a link", anchor=False)
st.markdown(
    "To take part in a study, open the link you were given. It has `?study=` in it.\n\n"
    "Researchers: these pages open on the machine Uncanny runs on. To open them to everybody who "
    "can reach this address, start it with `UNCANNY_STAFF=open`; do that on a network you trust."
)
