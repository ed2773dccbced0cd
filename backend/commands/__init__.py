"""The commands of `python -m backend`. Related commands share a file."""
