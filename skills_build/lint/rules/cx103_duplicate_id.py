"""Two rules with the same id."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.free_ids import FreeIds
from skills_build.model.standard import Codex, Rule, Standard

_NUMBERED: Final = re.compile(r"(.*)-(\d+)[a-z]?")


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each use of an id after the first."""
    first: dict[str, tuple[Standard, Rule]] = {}
    ids: FreeIds | None = None
    for standard in codex.standards:
        for rule in standard.rules:
            if rule.id in first:
                ids = ids or FreeIds(codex)
                yield _finding(ids, standard, rule, *first[rule.id])
            else:
                first[rule.id] = (standard, rule)


def _finding(ids: FreeIds, standard: Standard, rule: Rule, home: Standard, before: Rule) -> Finding:
    match = _NUMBERED.fullmatch(rule.id)
    free = ids.next(match[1]) if match else ""
    return Finding(
        code="CX103",
        message=f"rule id `{rule.id}` is used twice",
        path=standard.path,
        span=rule.id_span or rule.span,
        notes=(Note(message="first used here", path=home.path, span=before.id_span or before.span),),
        help=f"use the next free id, `{free}`" if free else "give one of them another id",
    )


LINT: Final = Lint(code="CX103", name="duplicate-id", severity=Severity.ERROR, codex=check)
