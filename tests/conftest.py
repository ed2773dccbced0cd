"""Fixtures every test may use: a fresh database, and the real data where it is at hand."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is: timings belong to `make bench`.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the public corpora; skips, and says so, where it is absent."""
    folder = Path(os.environ.get("UNCANNY_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the public corpora in {folder} (or set UNCANNY_SHARED)")
    return folder
