"""The commands of `python -m annotations`, one file a subject."""
