"""Validity of automatic metrics: how they relate to human judgments."""
