"""A placeholder that was never replaced."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.quotations import is_quotation, unquoted_blocks
from skills_build.source.document import Document

_PLACEHOLDER: Final = re.compile(r"\b(?:TODO|TBD|FIXME|XXX)\b|\b[Ll]orem ipsum\b|\[(?:insert|your) [^\]]{1,40}\]")

_NAMED: Final = re.compile(r"[\s-]{1,3}(?:comments?|markers?|tags?|items?|notes?|entry|entries)\b")
"""What follows a placeholder that a text is about, as in `TODO comments`."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each placeholder in prose."""
    for block in unquoted_blocks(document):
        if block.inline is None:
            continue
        for match in _PLACEHOLDER.finditer(block.inline.plain):
            named = _NAMED.match(block.inline.plain, match.end())
            if named or is_quotation(block.inline.text, match.start(), match.end()):
                continue
            yield Finding(
                code="CX311",
                message=f"`{match[0]}` is a placeholder",
                path=document.path,
                span=block.inline.span(match.start(), match.end()),
                help="fill it in or remove it",
            )


LINT: Final = Lint(code="CX311", name="placeholder", severity=Severity.WARNING, document=check)
