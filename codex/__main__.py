"""`python -m codex` is `codexc`."""

from codex.cli import run

run()
