"""A URL that no browser opens."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.lint.kinds import Context
from skills_build.source.document import Document

_KNOWN: Final = frozenset({"http", "https", "mailto", "ftp", "tel", "ssh", "git"})


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link whose scheme or host is mistyped."""
    for link in document.standard.links:
        wrong = _wrong(link.target)
        if wrong:
            yield Finding(
                code="CX412",
                message=f"`{link.target[:60]}` {wrong}",
                path=document.path,
                span=link.span,
                help="write `https://` and the host",
            )


def _wrong(target: str) -> str:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):/*", target)
    if (
        scheme
        and scheme[1].lower() not in _KNOWN
        and get_close_matches(scheme[1].lower(), ("http", "https"), cutoff=0.7)
    ):
        return f"has the scheme `{scheme[1]}`"
    if re.match(r"https?:(?!//)|https?:///|https?//", target, re.IGNORECASE):
        return "has no host"
    return "has a blank in it" if re.match(r"https?://\S*\s", target) else ""
