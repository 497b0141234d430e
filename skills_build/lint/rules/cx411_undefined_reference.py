"""A reference link or a footnote without a definition."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document
from skills_build.source.footnotes import CITATION, every_footnote

_REFERENCE: Final = re.compile(r"(?<![\\\\\w\]])\[(?![\^\s])([^\[\]\n]{1,80})\]\[(?!\^)([^\[\]\n]{0,80})\]")


_NAME: Final = re.compile(r"\d{1,4}|[A-Za-z][\w-]{0,39}")
"""A name of a footnote; `[^/]` in a text is a pattern, and so may be `[^a-z]` where nothing is a footnote."""


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

    yield from _footnotes(document)


def _footnotes(document: Document) -> Iterator[Finding]:
    """Yield a finding for each citation of a footnote that the file does not define."""
    defined = every_footnote(document.blocks)
    links = {label for label, _ in document.standard.definitions}
    for block in document.walk():
        for match in CITATION.finditer(block.inline.plain) if block.inline and "[^" in block.inline.plain else ():
            name = match["name"]
            if name in defined or f"^{name}".lower() in links or not _NAME.fullmatch(name):
                continue
            if defined or name.isdecimal():
                assert block.inline is not None
                yield Finding(
                    code="CX411",
                    message=f"footnote `{name}` is not defined",
                    path=document.path,
                    span=block.inline.span(match.start(), match.end()),
                    help=f"add a line `[^{name}]: ...`",
                )


LINT: Final = Lint(
    code="CX411", name="undefined-reference", severity=Severity.ERROR, foreign=Severity.WARNING, document=check
)
