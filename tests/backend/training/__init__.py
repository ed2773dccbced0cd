"""Tests of backend/training."""
