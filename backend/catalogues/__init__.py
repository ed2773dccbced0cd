"""Packaged catalogues: one gzipped file per domain, and the script that builds it."""
