"""A downloaded script that is run without a check."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.quotations import bad_lines
from skills_build.source.document import Document
from skills_build.source.preprocess import fences_of

_PIPE: Final = re.compile(
    r"\b(?:curl|wget)\b[^|`]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\bbase64\s+(?:-d|--decode)[^|`]{0,80}\|\s*(?:ba)?sh\b"
)

_NO: Final = re.compile(
    r"\b(?:not|never|no|avoid|don't|instead of|refuse[sd]?|reject(?:s|ed)?|forbid(?:s|den)?|ban(?:s|ned)?"
    r"|block(?:s|ed)?|prohibit(?:s|ed)?|without|unsafe|dangerous)\b",
    re.IGNORECASE,
)
"""Words of a sentence that forbids the command in it."""
_WRONG: Final = re.compile(r"\b(?:wrong|bad|avoid|never|don't|do not|unsafe|not like this|incorrect)\b", re.IGNORECASE)
"""Words of a comment above a command that is a bad example."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each such command in prose or in code, except in a bad example or where it is forbidden."""
    bad = bad_lines(document)
    fences = fences_of(document.lines)
    for number, line in enumerate(document.lines, 1):
        match = _PIPE.search(line) if number not in bad else None
        if match and not _is_forbidden(document.lines, number, match.start(), fences[number - 1]):
            yield Finding(
                code="CX606",
                message="a downloaded script is run without verification",
                path=document.path,
                span=Span(number, match.start() + 1, number, match.end() + 1),
                help="download the script, verify its checksum, then run it",
            )


def _is_forbidden(lines: Sequence[str], number: int, start: int, fence: int) -> bool:
    """Return whether the words before a command say that it is wrong: in its sentence, or as a comment in its fence."""
    if fence:
        above = lines[fence : number - 1]
        comment = next((line for line in reversed(above) if line.lstrip().startswith(("#", "//"))), "")
        return bool(_WRONG.search(comment))
    before = " ".join((*lines[max(number - 3, 0) : number - 1], lines[number - 1][:start]))
    return bool(_NO.search(re.split(r"[.!?:]\s|\s{2,}|^\s*$", before)[-1]))


LINT: Final = Lint(code="CX606", name="pipe-to-shell", severity=Severity.WARNING, document=check)
