"""Prints diagnostics with the kind of path that each output format requires."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from codex.report import text
from codex.report.relocate import relocated
from codex.workflow.report_paths import from_working_directory
from skills_build.diagnostics import Diagnostic


def as_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, root: Path, color: bool = False) -> str:
    """Return diagnostics as text, with paths relative to the working directory instead of to `root`."""
    placed, texts = relocated(diagnostics, sources, from_working_directory(root))
    return text.render(placed, texts, color=color)
