"""A link without encryption."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_HTTP: Final = re.compile(r"http://(\[[^\]\s]*\]|[^/:?#\s]+)", re.IGNORECASE)
_LOCAL: Final = re.compile(
    r"localhost|127\..*|0\.0\.0\.0|\[::1?\]|(?:.*\.)?example(?:\.(?:com|org|net))?|.*\.(?:test|local|localhost|internal)"
    r"|www\.w3\.org|json-schema\.org|schemas\..*|xmlns\.com|purl\.org"
)
"""Local hosts, and hosts whose URLs name schemas and are never fetched."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each http link to a host of the internet."""
    for link in document.standard.links:
        match = _HTTP.match(link.target)
        if match and not _LOCAL.fullmatch(match[1].lower()):
            yield Finding(
                code="CX410",
                message=f"`{link.target[:60]}` is not encrypted",
                path=document.path,
                span=link.span,
                help="use `https://` if the host supports it",
            )


LINT: Final = Lint(code="CX410", name="insecure-url", severity=Severity.WARNING, document=check)
