"""Studies, raters and judgments, and their analysis. Imports no model and no Streamlit."""
