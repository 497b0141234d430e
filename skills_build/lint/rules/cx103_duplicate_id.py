"""Two rules under one id."""

import re
from collections.abc import Iterator

from skills_build.diagnostics import Finding, Note
from skills_build.lint.kinds import Context
from skills_build.model.standard import Codex, Rule, Standard


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each use of an id after the first."""
    first: dict[str, tuple[Standard, Rule]] = {}
    for standard in codex.standards:
        for rule in standard.rules:
            if rule.id in first:
                yield _finding(codex, standard, rule, *first[rule.id])
            else:
                first[rule.id] = (standard, rule)


def _finding(codex: Codex, standard: Standard, rule: Rule, home: Standard, before: Rule) -> Finding:
    stem, _, number = rule.id.rpartition("-")
    taken = [int(i.id.rpartition("-")[2]) for i in codex.ids if re.fullmatch(rf"{re.escape(stem)}-\d+", i.id)]
    free = f"{stem}-{max(taken, default=0) + 1}" if re.fullmatch(r"\d+[a-z]?", number) else ""
    return Finding(
        code="CX103",
        message=f"rule id `{rule.id}` is used twice",
        path=standard.path,
        span=rule.id_span or rule.span,
        notes=(Note(message="first used here", path=home.path, span=before.id_span or before.span),),
        help=f"number new rules from `{free}`" if free else "give one of them another id",
    )
