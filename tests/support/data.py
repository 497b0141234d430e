"""Test data that lies outside the repository: real corpora, found by `CODEX_TEST_DATA` (default `../shared`)."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""
THOROUGH = bool(os.environ.get("CODEXC_TEST_THOROUGH"))
"""Whether properties are tried with more examples, as in `make test-all`."""
STARTED = bool(os.environ.get("CODEXC_TEST_STARTED"))
"""Whether each call of codexc starts an interpreter of its own, as in `make thorough`."""


def find(part: str) -> Path | None:
    """A folder of the shared test data, where it is there."""
    path = Path(os.environ.get("CODEX_TEST_DATA") or ROOT.parent / "shared") / part
    return path if path.exists() else None


def shared(part: str) -> Path:
    """A folder of the shared test data; skips the test, saying why, where it is absent."""
    path = find(part)
    if path is None:
        pytest.skip(f"no `{part}` in the shared test data (set CODEX_TEST_DATA)")
    return path
