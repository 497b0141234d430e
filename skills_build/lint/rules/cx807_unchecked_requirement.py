"""A blocking rule without a decision on how it is checked, in a codex with checks."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.standard import Status, status_on


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each enforced MUST or MUST NOT without a `check` block. A codex without any has none."""
    if not any(rule.checks for standard in codex.standards for rule in standard.rules):
        return
    for standard in codex.standards:
        for rule in standard.rules:
            status = status_on(standard, rule, context.as_of)
            if rule.level.binding and status is Status.ENFORCED and not rule.checks and not rule.tombstone:
                yield Finding(
                    code="CX807",
                    message=f"`{rule.id}` is blocking, but has no check",
                    path=standard.path,
                    span=rule.span,
                    help="add a `check` block below `**Check:**`, with `judgement: true` if only a reviewer can decide",
                )


LINT: Final = Lint(code="CX807", name="unchecked-requirement", severity=Severity.INFO, codex=check)
