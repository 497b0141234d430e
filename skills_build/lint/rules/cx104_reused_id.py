"""A withdrawn id that is used again."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.standard import Status


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each live rule whose id was withdrawn according to the lock or a tombstone."""
    withdrawn = {entry.id: entry.withdrawn for entry in codex.locked if entry.withdrawn}
    for standard in codex.standards:
        withdrawn |= {rule.id: rule.tombstone.date for rule in standard.rules if rule.tombstone}
    for standard in codex.standards:
        for rule in standard.rules:
            if rule.tombstone is None and rule.id in withdrawn and standard.status.status is not Status.WITHDRAWN:
                yield Finding(
                    code="CX104",
                    message=f"`{rule.id}` was withdrawn in {withdrawn[rule.id]} and cannot be reused",
                    path=standard.path,
                    span=rule.id_span or rule.span,
                    help="give this rule a new id; old reviews still cite the withdrawn rule",
                )


LINT: Final = Lint(code="CX104", name="reused-id", severity=Severity.ERROR, codex=check, suppressible=False)
