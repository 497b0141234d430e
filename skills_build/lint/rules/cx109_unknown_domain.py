"""A domain that codex.yaml does not declare."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document
from skills_build.source.similar import nearest


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding if domains are declared and the domain of the standard is not one of them."""
    domains = tuple(context.config.domains)
    domain = document.standard.domain
    if not domains or domain in domains or not document.standard.states("domain"):
        return
    near = nearest(domain, domains)
    declared = ", ".join(f"`{name}`" for name in domains)
    yield Finding(
        code="CX109",
        message=f"unknown domain `{domain}`",
        path=document.path,
        span=document.standard.place("domain"),
        help=f"did you mean `{near}`?" if near else f"declared domains: {declared}",
    )


LINT: Final = Lint(code="CX109", name="unknown-domain", severity=Severity.ERROR, document=check)
