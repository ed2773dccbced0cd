"""What talks, and what measures talk: knows no rater and no Streamlit."""
