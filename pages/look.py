"""The look that all pages share: title, icon, width, and less motion where a visitor wants it."""

from pathlib import Path

import streamlit as st

#: The icon is ours: Streamlit fetches named ones from another host.
ICON = str(Path(__file__).with_name("icon.png"))

#: Streamlit lets its progress bar and its buttons glide even for who asked their system for none.
_STILL = """<style>@media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { transition-duration: 0s !important }
}</style>"""

#: Streamlit cuts the text of a button that is wider than its column. Two long answers would look
#: the same, so the text is wrapped instead.
_WHOLE = """<style>[data-testid="stButton"] button p {
    white-space: normal; overflow: visible; overflow-wrap: anywhere; text-align: start
}</style>"""


def page(title: str = "Uncanny", *, wide: bool = True) -> None:
    """Set the title and the icon of the browser's tab, and what holds for all of the page.

    Called before anything is drawn: a style that comes later comes too late for what glides.
    """
    st.set_page_config(page_title=title, page_icon=ICON, layout="wide" if wide else "centered")
    st.html(_STILL + _WHOLE)
