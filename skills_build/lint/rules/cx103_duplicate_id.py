"""Two rules with the same id."""

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.free_ids import FreeIds
from skills_build.model.codex import Codex
from skills_build.model.standard import Part, Rule, Standard

_NUMBERED: Final = re.compile(r"(.*)-(\d+)[a-z]?")


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each use of an id after the first, those of the parts of rules included."""
    first: dict[str, tuple[Standard, Rule]] = {}
    parts: dict[str, tuple[Standard, Part]] = {}
    ids: FreeIds | None = None
    for standard in codex.standards:
        for rule in standard.rules:
            if rule.id in first:
                ids = ids or FreeIds(codex)
                yield _finding(ids, standard, rule, *first[rule.id])
            else:
                first[rule.id] = (standard, rule)
            for part in rule.parts:
                if part.id and part.id in parts:
                    yield _of_part(standard, rule, part, *parts[part.id])
                elif part.id:
                    parts[part.id] = (standard, part)


def _of_part(standard: Standard, rule: Rule, part: Part, home: Standard, before: Part) -> Finding:
    taken = {one.id for one in rule.parts}
    free = next((id_ for letter in ascii_lowercase if (id_ := f"{rule.id}{letter}") not in taken), "")
    return Finding(
        code="CX103",
        message=f"part id `{part.id}` is used twice",
        path=standard.path,
        span=part.span,
        notes=(Note(message="first used here", path=home.path, span=before.span),),
        help=f"use the next free letter, `{free}`" if free else "give one of the duplicates a different id",
    )


def _finding(ids: FreeIds, standard: Standard, rule: Rule, home: Standard, before: Rule) -> Finding:
    match = _NUMBERED.fullmatch(rule.id)
    free = ids.next(match[1]) if match else ""
    return Finding(
        code="CX103",
        message=f"rule id `{rule.id}` is used twice",
        path=standard.path,
        span=rule.id_span or rule.span,
        notes=(Note(message="first used here", path=home.path, span=before.id_span or before.span),),
        help=f"use the next free id, `{free}`" if free else "give one of the duplicates a different id",
    )


LINT: Final = Lint(code="CX103", name="duplicate-id", severity=Severity.ERROR, codex=check)
