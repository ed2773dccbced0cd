"""A page's name and icon. The icon is ours: Streamlit fetches named ones from another host."""

from pathlib import Path

import streamlit as st

ICON = str(Path(__file__).with_name("icon.png"))


def page(title: str = "Uncanny", *, wide: bool = True) -> None:
    """Set the title and the icon of the browser's tab."""
    st.set_page_config(page_title=title, page_icon=ICON, layout="wide" if wide else "centered")
