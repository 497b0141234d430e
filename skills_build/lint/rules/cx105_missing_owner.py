"""A standard without an owner."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where neither the standard nor its domain names an owner."""
    standard = document.standard
    domain = context.config.domains.get(standard.domain)
    if standard.owner or (domain and domain.owner) or not standard.rules or not standard.states("domain"):
        return
    yield Finding(
        code="CX105",
        message=f"`{standard.id}` has no owner",
        path=document.path,
        span=standard.place("domain"),
        help=f"add `owner:` here, or to the domain `{standard.domain}` in codex.yaml",
        cause=None if domain else context.config.cause("domains"),
    )


LINT: Final = Lint(code="CX105", name="missing-owner", severity=Severity.WARNING, document=check)
