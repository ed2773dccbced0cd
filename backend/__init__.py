"""What talks, and what measures talk: knows no rater and no Streamlit."""

__version__ = "0.1.0"
