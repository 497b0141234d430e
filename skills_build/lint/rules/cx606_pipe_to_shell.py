"""A downloaded script that is run without a check."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_PIPE: Final = re.compile(
    r"\b(?:curl|wget)\b[^|`]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\bbase64\s+(?:-d|--decode)[^|`]{0,80}\|\s*(?:ba)?sh\b"
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each such command in prose or in code, except in a bad example."""
    bad = {n for rule in document.standard.rules for e in rule.examples if not e.good for n in _lines(e.span)}
    for number, line in enumerate(document.lines, 1):
        match = _PIPE.search(line) if number not in bad else None
        if match:
            yield Finding(
                code="CX606",
                message="runs a downloaded script without a check",
                path=document.path,
                span=Span(number, match.start() + 1, number, match.end() + 1),
                help="download it, verify its checksum, then run it",
            )


def _lines(span: Span) -> range:
    return range(span.line, span.end_line + 1)


LINT: Final = Lint(code="CX606", name="pipe-to-shell", severity=Severity.WARNING, document=check)
