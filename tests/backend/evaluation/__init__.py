"""Tests of backend/evaluation."""
