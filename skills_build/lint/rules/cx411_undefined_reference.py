"""A reference link without a definition."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_REFERENCE: Final = re.compile(r"(?<![\\\\\w\]])\[(?![\^\s])([^\[\]\n]{1,80})\]\[(?!\^)([^\[\]\n]{0,80})\]")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each `[text][label]` or `[text][]` without a definition: readers see the brackets."""
    for block in document.walk():
        if block.inline is None or "][" not in block.inline.plain:
            continue
        for match in _REFERENCE.finditer(block.inline.plain):
            label = match[2] or match[1]
            if match[1].isdecimal() and label.isdecimal():
                continue  # two citations, or two indexes of an array
            yield Finding(
                code="CX411",
                message=f"link label `{label}` is not defined",
                path=document.path,
                span=block.inline.span(match.start(), match.end()),
                help=f"add a line `[{label}]: URL`",
            )


LINT: Final = Lint(
    code="CX411", name="undefined-reference", severity=Severity.ERROR, foreign=Severity.WARNING, document=check
)
