"""Reading and wording English: constraints, acts, films named, style, templates and cues."""
