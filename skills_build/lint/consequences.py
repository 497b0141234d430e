"""Folds findings that only follow from another one into it, so that the cause is read first."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
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
    covers = _by_line(diagnostics, lambda one: one.code in _COVERS)
    causes = _by_line(diagnostics, lambda one: one.finding.cause is None and _may_hide(one))
    folded: dict[int, list[Diagnostic]] = defaultdict(list)
    gone: set[int] = set()
    for number, diagnostic in enumerate(diagnostics):
        at = _cover_of(number, diagnostics, covers.get(diagnostic.finding.path, ()))
        if at is None:
            at = _cause_of(diagnostic, diagnostics, causes.get(_path_of_cause(diagnostic), ()))
        if at is not None and at not in gone:
            folded[at].append(diagnostic)
            gone.add(number)
    return tuple(
        _with(diagnostic, folded[number]) if number in folded else diagnostic
        for number, diagnostic in enumerate(diagnostics)
        if number not in gone
    )


def _by_line(
    diagnostics: Sequence[Diagnostic], selects: Callable[[Diagnostic], bool]
) -> dict[str, list[tuple[int, int]]]:
    """Return the lines and numbers of some diagnostics of each file, in order of lines."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, diagnostic in enumerate(diagnostics):
        if selects(diagnostic):
            places[diagnostic.finding.path].append((diagnostic.finding.span.line, number))
    return {path: sorted(found) for path, found in places.items()}


def _cover_of(number: int, diagnostics: Sequence[Diagnostic], places: Sequence[tuple[int, int]]) -> int | None:
    """Return the number of the other diagnostic that covers the line of one; covers do not overlap."""
    line = diagnostics[number].finding.span.line
    at = bisect_left(places, (line + 1, -1)) - 1
    cover = places[at][1] if at >= 0 else number
    return cover if cover != number and line <= diagnostics[cover].finding.span.end_line else None


def _may_hide(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity in _RANK and diagnostic.code.startswith(_CAUSES)


def _path_of_cause(diagnostic: Diagnostic) -> str:
    cause = diagnostic.finding.cause
    return (cause.path if cause else "") or diagnostic.finding.path


def _cause_of(
    diagnostic: Diagnostic, diagnostics: Sequence[Diagnostic], places: Sequence[tuple[int, int]]
) -> int | None:
    """Return the number of the worst diagnostic in the lines of a cause. `places` are sorted lines with numbers."""
    cause = diagnostic.finding.cause
    if cause is None:
        return None
    inside = places[bisect_left(places, (cause.first, -1)) : bisect_left(places, (cause.last + 1, -1))]
    return min((n for _, n in inside), key=lambda n: (_RANK[diagnostics[n].severity], n), default=None)


def _with(cause: Diagnostic, consequences: Sequence[Diagnostic]) -> Diagnostic:
    links = [one.finding.cause for one in consequences]
    shown = [one for one, link in zip(consequences, links, strict=True) if link is None or not link.quiet]
    better = [link.help for link in links if link and not link.quiet and link.help]
    return replace(
        cause,
        finding=replace(cause.finding, help=better[-1] if better else cause.finding.help),
        severity=min((cause.severity, *(one.severity for one in shown)), key=lambda severity: _RANK.get(severity, 2)),
        consequences=(*cause.consequences, *shown),
    )
