"""Simulators, dialogues, metrics and statistics. Imports no rater code and no Streamlit."""

__version__ = "0.1.0"
