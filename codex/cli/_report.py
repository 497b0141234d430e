"""Prints diagnostics with the paths that their format shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codex.report import text
from codex.report.relocate import relocated
from codex.workflow.report_paths import from_working_directory
from skills_build.diagnostics import Diagnostic

if TYPE_CHECKING:
    from codex.workflow.build import BuildResult


def as_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, root: Path, color: bool = False) -> str:
    """Return diagnostics as text, with the paths from the working directory. `root` is the folder they are in."""
    placed, texts = relocated(diagnostics, sources, from_working_directory(root))
    return text.render(placed, texts, color=color)


def of_build(diagnostics: Sequence[Diagnostic], built: "BuildResult", *, color: bool = False) -> str:
    """Return the diagnostics of a build as text. The paths of built files include the output directory."""
    made = {id(d) for d in built.output_diagnostics if d.finding.path not in built.place.tree.names}
    of_sources = [d for d in diagnostics if id(d) not in made]
    of_output = [d for d in diagnostics if id(d) in made]
    return as_text(of_sources, built.sources, root=built.place.root, color=color) + as_text(
        of_output, {}, root=built.options.out, color=color
    )
