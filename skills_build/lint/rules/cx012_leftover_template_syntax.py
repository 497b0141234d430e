"""Template markup that the site generator would have replaced."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_TAG: Final = re.compile(r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|<%.{0,80}?%>|\{\{%?")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each template tag in prose; code may hold them."""
    for block in document.walk():
        if block.inline is None or ("{" not in block.inline.plain and "<%" not in block.inline.plain):
            continue
        for match in _TAG.finditer(block.inline.plain):
            yield Finding(
                code="CX012",
                message=f"`{match[0][:40]}` is template syntax that is never replaced",
                path=document.path,
                span=block.inline.span(match.start(), match.end()),
                help="write the text it stands for, or put it in backticks",
            )


LINT: Final = Lint(code="CX012", name="leftover-template-syntax", severity=Severity.ERROR, document=check)
