"""A URL that browsers cannot open."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_WITH_SPACE: Final = re.compile(r"\]\((https?://[^()\s]*[ \t][^()\n]*)\)")
_SCHEMES: Final = frozenset({"http", "https", "mailto", "ftp", "tel", "ssh", "git"})
_HAS_SPACE: Final = "contains a space"


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link whose scheme or host is mistyped, and for each link that a space breaks."""
    for link in document.standard.links:
        wrong = _wrong(link.target)
        if wrong:
            yield _finding(document, link.target, wrong, link.span)
    for block in document.walk():
        if block.inline is not None and "](http" in block.inline.plain:
            for match in _WITH_SPACE.finditer(block.inline.plain):
                yield _finding(document, match[1], _HAS_SPACE, block.inline.span(match.start(1), match.end(1)))


def _finding(document: Document, target: str, wrong: str, span: Span) -> Finding:
    return Finding(
        code="CX412",
        message=f"`{target[:60]}` {wrong}",
        path=document.path,
        span=span,
        help="write `%20` for the space" if wrong == _HAS_SPACE else "write `https://` and the host",
    )


def _wrong(target: str) -> str:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):/*", target)
    if (
        scheme
        and scheme[1].lower() not in _SCHEMES
        and get_close_matches(scheme[1].lower(), ("http", "https"), cutoff=0.7)
    ):
        return f"has an unknown scheme, `{scheme[1]}`"
    if re.match(r"https?:(?!//)|https?:///|https?//", target, re.IGNORECASE):
        return "has no host"
    return _HAS_SPACE if re.match(r"https?://\S*\s", target) else ""


LINT: Final = Lint(code="CX412", name="malformed-url", severity=Severity.ERROR, document=check)
