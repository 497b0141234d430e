"""A link that runs code, reads a local file or disguises its host."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document
from skills_build.source.html_safety import harm


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link and image whose target is left out of skills, and for such a `source`."""
    standard = document.standard
    if standard.source and (why := harm(standard.source)):
        yield Finding(
            code="CX611",
            message=f"`source` {why}",
            path=document.path,
            span=standard.place("source"),
            help="write the URL of a web page",
        )
    for link in standard.links:
        why = harm(link.goal)
        if why:
            yield Finding(
                code="CX611",
                message=f"the target of this link {why}",
                path=document.path,
                span=link.span,
                help="link to a web page or a file in the standards; skills contain the text without the link",
            )


LINT: Final = Lint(code="CX611", name="unsafe-link", severity=Severity.ERROR, document=check)
