"""Engines: what they promise, on models made small for the tests."""
