"""Ratios of two ways of doing the same, measured in one run."""
