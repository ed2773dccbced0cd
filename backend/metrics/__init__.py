"""Metrics: what can be measured of dialogues without a person, one idea a file."""
