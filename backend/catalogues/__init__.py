"""Packaged catalogues: one gzipped file a domain, and the script that builds it."""
