"""Test data that lies outside the repository: real corpora, found by `CODEX_TEST_DATA` (default `../shared`)."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""


def shared(part: str) -> Path:
    """A folder of the shared test data; skips the test, saying why, where it is absent."""
    base = Path(os.environ.get("CODEX_TEST_DATA") or ROOT.parent / "shared")
    path = base / part
    if not path.exists():
        pytest.skip(f"no `{part}` in the shared test data (set CODEX_TEST_DATA)")
    return path
