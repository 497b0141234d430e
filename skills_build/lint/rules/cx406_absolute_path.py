"""A path that exists on one machine only."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_LOCAL: Final = re.compile(r"file:|[A-Za-z]:[\\\\/]|/(?:home|Users|tmp|var|mnt)/|~/")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link to a file of the author's machine."""
    for link in document.standard.links:
        if _LOCAL.match(link.target):
            yield Finding(
                code="CX406",
                message=f"`{link.target[:60]}` is a path on the author's machine",
                path=document.path,
                span=link.span,
                help="use a path relative to this file",
            )


LINT: Final = Lint(code="CX406", name="absolute-path", severity=Severity.WARNING, document=check)
