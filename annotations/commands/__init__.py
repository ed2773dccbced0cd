"""The commands of `python -m annotations`, one file per subject."""
