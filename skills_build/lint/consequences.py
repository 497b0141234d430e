"""Folds findings that only follow from another one into it, so that the cause is read first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Diagnostic, Severity

_CAUSES: Final = ("CX0", "CX1", "CX313", "CX6")
"""Lints whose fault can keep a text from being read: those of files, blocks, identity and characters."""
_COVERS: Final = frozenset({"CX044"})
"""Lints whose findings are the cause of all others in their lines."""
_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1}


def fold(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without those that follow from another, which holds them as its consequences.

    A cause is as severe as the worst of its consequences, so that no setting for the cause hides them.
    """
    if not any(d.finding.cause or d.code in _COVERS for d in diagnostics):
        return tuple(diagnostics)
    covering = [n for n, d in enumerate(diagnostics) if d.code in _COVERS]
    causes: dict[str, list[int]] = {}
    for number, diagnostic in enumerate(diagnostics):
        if diagnostic.finding.cause is None and _may_hide(diagnostic):
            causes.setdefault(diagnostic.finding.path, []).append(number)
    result: list[Diagnostic | None] = list(diagnostics)
    for number, diagnostic in enumerate(diagnostics):
        at = next((n for n in covering if n != number and _covers(diagnostics[n], diagnostic)), None)
        if at is None:
            at = _cause_of(diagnostic, diagnostics, causes.get(diagnostic.finding.path, ()))
        if at is not None and (cause := result[at]) is not None:
            result[at], result[number] = _with(cause, diagnostic), None
    return tuple(diagnostic for diagnostic in result if diagnostic is not None)


def _covers(cover: Diagnostic, diagnostic: Diagnostic) -> bool:
    """Return whether a diagnostic is in the lines of another that covers it."""
    first, last = cover.finding.span.line, cover.finding.span.end_line
    return cover.finding.path == diagnostic.finding.path and first <= diagnostic.finding.span.line <= last


def _may_hide(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity in _RANK and diagnostic.code.startswith(_CAUSES)


def _cause_of(diagnostic: Diagnostic, diagnostics: Sequence[Diagnostic], numbers: Sequence[int]) -> int | None:
    """Return the number of the worst diagnostic in the lines of a cause."""
    cause = diagnostic.finding.cause
    if cause is None:
        return None
    inside = [n for n in numbers if cause.first <= diagnostics[n].finding.span.line <= cause.last]
    return min(inside, key=lambda n: (_RANK[diagnostics[n].severity], n), default=None)


def _with(cause: Diagnostic, consequence: Diagnostic) -> Diagnostic:
    link = consequence.finding.cause
    if link and link.quiet:
        return cause
    better = link.help if link else None
    return replace(
        cause,
        finding=replace(cause.finding, help=better or cause.finding.help),
        severity=min(cause.severity, consequence.severity, key=lambda severity: _RANK.get(severity, 2)),
        consequences=(*cause.consequences, consequence),
    )
