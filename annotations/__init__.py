"""Annotations: who judges, and what the judgments say. Knows no model and no Streamlit."""
