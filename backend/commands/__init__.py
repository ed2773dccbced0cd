"""The commands of `python -m backend`, one file each (a pair that belongs together shares one)."""
