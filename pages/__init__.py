"""Screens: Streamlit only, no SQL, no model calls, no statistics."""
