"""Gives diagnostics and their sources the paths that a report shows, in place of those inside the codex."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from skills_build.diagnostics import Diagnostic, Note

PathOf: TypeAlias = Callable[[str], str]
"""Returns the path to show for a path inside the codex."""


def relocated(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], path_of: PathOf
) -> tuple[tuple[Diagnostic, ...], dict[str, str]]:
    """Return the diagnostics and the sources with every path as `path_of` gives it."""
    return tuple(_diagnostic(d, path_of) for d in diagnostics), {path_of(p): text for p, text in sources.items()}


def _diagnostic(diagnostic: Diagnostic, path_of: PathOf) -> Diagnostic:
    finding = diagnostic.finding
    notes = tuple(_note(note, path_of) for note in finding.notes)
    return replace(
        diagnostic,
        finding=replace(finding, path=path_of(finding.path), notes=notes),
        consequences=tuple(_diagnostic(c, path_of) for c in diagnostic.consequences),
    )


def _note(note: Note, path_of: PathOf) -> Note:
    return replace(note, path=path_of(note.path)) if note.path else note
