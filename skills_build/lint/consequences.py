"""Folds findings that only follow from another one into it, so that the cause is read first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Diagnostic, Severity

_CAUSES: Final = ("CX0", "CX1", "CX313", "CX6")
"""Lints whose fault can keep a text from being read: those of files, blocks, identity and characters."""
_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1}


def fold(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without those that follow from another, which holds them as its consequences.

    A cause is as severe as the worst of its consequences, so that no setting for the cause hides them.
    """
    if not any(diagnostic.finding.cause for diagnostic in diagnostics):
        return tuple(diagnostics)
    causes: dict[str, list[int]] = {}
    for number, diagnostic in enumerate(diagnostics):
        if diagnostic.finding.cause is None and _may_hide(diagnostic):
            causes.setdefault(diagnostic.finding.path, []).append(number)
    result: list[Diagnostic | None] = list(diagnostics)
    for number, diagnostic in enumerate(diagnostics):
        at = _cause_of(diagnostic, diagnostics, causes.get(diagnostic.finding.path, ()))
        if at is not None and (cause := result[at]) is not None:
            result[at], result[number] = _with(cause, diagnostic), None
    return tuple(diagnostic for diagnostic in result if diagnostic is not None)


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
    assert consequence.finding.cause is not None
    better = consequence.finding.cause.help
    return replace(
        cause,
        finding=replace(cause.finding, help=better or cause.finding.help),
        severity=min(cause.severity, consequence.severity, key=lambda severity: _RANK.get(severity, 2)),
        consequences=(*cause.consequences, consequence),
    )
