"""Prints diagnostics with the kind of paths that each format uses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from codex.report import text
from codex.report.relocate import relocated
from codex.workflow.report_paths import from_working_directory
from skills_build.diagnostics import Diagnostic


def as_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, root: Path, color: bool = False) -> str:
    """Return diagnostics as text, with paths relative to the working directory. `root` is the folder they are in."""
    placed, texts = relocated(diagnostics, sources, from_working_directory(root))
    return text.render(placed, texts, color=color)
