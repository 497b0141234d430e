"""Applies fixes to a text: the edits of those that do not overlap, from the end to the start."""

from collections.abc import Iterable

from skills_build.diagnostics import Diagnostic, Edit, Span
from skills_build.source.text import normalised_text

WHOLE_FILE = ("CX001", "CX002", "CX003")
"""Lints whose fix is to rewrite the whole file with normalised encoding and line endings."""


def apply_fixes(text: str, diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> tuple[str, int]:
    """Return the text with every applicable fix, and their number. Overlapping fixes wait for the next run.

    Fixes that may change the meaning of the text are only applied if `unsafe`.
    """
    whole_file_fixes = 0
    edits: list[tuple[Edit, ...]] = []
    for diagnostic in diagnostics:
        fix = diagnostic.finding.fix
        if fix is None or (fix.unsafe and not unsafe):
            continue
        if diagnostic.code in WHOLE_FILE:
            whole_file_fixes += 1
        elif fix.edits:
            edits.append(fix.edits)
    text = normalised_text(text)
    chosen = _without_overlaps(edits)
    for edit in sorted((e for group in chosen for e in group), key=lambda e: e.span, reverse=True):
        start, end = _offsets(text, edit.span)
        text = text[:start] + edit.text + text[end:]
    return text, whole_file_fixes + len(chosen)


def _without_overlaps(groups: Iterable[tuple[Edit, ...]]) -> list[tuple[Edit, ...]]:
    """Return the fixes whose edits do not overlap those of an earlier fix."""
    accepted: list[Span] = []
    chosen: list[tuple[Edit, ...]] = []
    for group in groups:
        if not any(_overlap(edit.span, span) for edit in group for span in accepted):
            chosen.append(group)
            accepted.extend(edit.span for edit in group)
    return chosen


def _overlap(first: Span, second: Span) -> bool:
    before = (first.end_line, first.end_column) <= (second.line, second.column)
    after = (second.end_line, second.end_column) <= (first.line, first.column)
    return (not before and not after) or first == second


def _offsets(text: str, span: Span) -> tuple[int, int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1
