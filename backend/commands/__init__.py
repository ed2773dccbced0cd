"""The commands of `python -m backend`. Two that belong together share a file."""
