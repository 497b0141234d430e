"""Characters that say one thing to a reader and another to a machine."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.kinds import Context, Lint
from skills_build.source.document import Document

_HIDDEN: Final = re.compile("[\U000e0000-\U000e007f]+|[\u202a-\u202e\u2066-\u2069]+|[\U000e0100-\U000e01ef]+")
_FLAGS: Final = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
"""The flags of England, Scotland and Wales, the only sequences of tag characters that are in general use (UTS 51)."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each run of tag characters, bidirectional controls or supplementary variation selectors."""
    if document.raw.isascii():
        return
    for number, line in enumerate(document.raw.split("\n"), 1):
        if line.isascii():
            continue
        for match in _HIDDEN.finditer(_FLAGS.sub(lambda m: " " * len(m[0]), line)):
            codes = ", ".join(dict.fromkeys(f"U+{ord(c):04X}" for c in match[0][:3]))
            yield Finding(
                code="CX601",
                message=f"hidden characters {codes}{_payload(match[0])}",
                path=document.path,
                span=Span(number, match.start() + 1, number, match.end() + 1),
                help="remove them: agents read what people cannot see",
            )


def _payload(run: str) -> str:
    """What tag characters spell, if they do."""
    text = "".join(chr(ord(c) - 0xE0000) for c in run if 0xE0020 <= ord(c) <= 0xE007E)
    return f" that spell `{text[:60]}`" if text else ""


LINT: Final = Lint(code="CX601", name="hidden-unicode", severity=Severity.ERROR, document=check)
