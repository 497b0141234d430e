"""A placeholder that was never replaced."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.quotations import is_quotation, unquoted_blocks
from skills_build.source.document import Document

_PLACEHOLDER: Final = re.compile(r"\b(?:TODO|TBD|FIXME|XXX)\b|\b[Ll]orem ipsum\b|\[(?:insert|your) [^\]]{1,40}\]")

_NAMED: Final = re.compile(
    r"(?:\([^()\n]{0,40}\))?\s?(?:コメント|タグ|がある|を書|を記|を残|注释|標記|标记|주석)|(?:\([^()\n]{0,40}\))?[:\s-]{1,3}(?:comments?|markers?|tags?|items?|notes?|headers?|entry|entries)\b"
)
"""What follows a placeholder that a text is about, as in `TODO comments`."""
_ANY: Final = r"(?:TODO|TBD|FIXME|XXX|HACK|BUG)"
_BETWEEN: Final = r"(?:[,/|&+\u3001\uff0c]?\s*(?:[^\W\d_]{1,3}\s+)?|\s+(?:[^\W\d_]{1,3}\s+)?)"
_LISTED: Final = re.compile(rf"\b{_ANY}(?:{_BETWEEN}{_ANY}\b)+")
"""Several placeholders in a row, which a text is about, as in `FIXME, TODO and XXX`."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each placeholder in prose."""
    for block in unquoted_blocks(document):
        if block.inline is None:
            continue
        plain = block.inline.plain
        listed = [one.span() for one in _LISTED.finditer(plain)]
        for match in _PLACEHOLDER.finditer(plain):
            named = _NAMED.match(plain, match.end()) or any(a <= match.start() < b for a, b in listed)
            if named or is_quotation(block.inline.text, match.start(), match.end()):
                continue
            yield Finding(
                code="CX311",
                message=f"`{match[0]}` is a placeholder",
                path=document.path,
                span=block.inline.span(match.start(), match.end()),
                help="replace or remove the placeholder",
            )


LINT: Final = Lint(code="CX311", name="placeholder", severity=Severity.WARNING, document=check)
