"""Characters without a width, in the middle of words."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Severity, Span
from skills_build.lint.kinds import Context, Lint
from skills_build.source.document import Document

_ZERO: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each zero-width character that no script or emoji needs where it stands."""
    if document.raw.isascii():
        return
    for number, line in enumerate(document.raw.split("\n"), 1):
        for match in _ZERO.finditer(line) if not line.isascii() else ():
            if match[0] in "\u200c\u200d" and _needed(line, match.start()):
                continue
            span = Span(number, match.start() + 1, number, match.end() + 1)
            yield Finding(
                code="CX602",
                message=f"zero-width character U+{ord(match[0]):04X}",
                path=document.path,
                span=span,
                help="remove it",
                fix=Fix(title="remove it", edits=(Edit(span=span, text=""),)),
            )


def _needed(line: str, at: int) -> bool:
    """Whether a joiner stands between characters that join: Arabic, Indic and other scripts, or emoji."""
    around = line[max(at - 1, 0) : at] + line[at + 1 : at + 2]
    return any(ord(c) >= 0x0600 for c in around)


LINT: Final = Lint(code="CX602", name="zero-width", severity=Severity.WARNING, document=check, fixable=True)
