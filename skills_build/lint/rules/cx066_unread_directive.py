"""A line that another program replaces: it includes a file, or becomes a table of contents."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_MAY_HOLD: Final = re.compile(r"^(?:::|<<<|@|!|\$|#|\.\.|\{:|\[|\w+::)", re.MULTILINE)
_LINE: Final = re.compile(
    r"^(?:(?P<contents>\[TOC\]|\[\[_?TOC_?\]\]|@\[TOC\].{0,80}|\{:\s?toc\}|<toc ?/?>)"
    r"|:{1,3} ?(?:include|import|embed|snippet|toc)\b.{0,200}"
    r"|<<<[ \t]?[@./~\w].{0,200}"
    r"|@import[ \t]+(?:url\()?[\"'].{0,200}|@{1,2}include\b.{0,200}|@[\w~.-]{0,80}(?:/[\w.-]{1,80}){0,10}\.mdc?"
    r"|(?:include|image|video|toc|plantuml)::\S{0,200}\[.{0,200}\]"
    r"|\.\.[ \t]+[a-z][\w-]{1,40}::(?:[ \t].{0,200})?"
    r"|[!$#]include(?:url|sub|_many)?[ \t(]+[\"'<]?[\w./-].{0,200})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Directives of VitePress, remark, AsciiDoc, reStructuredText, PlantUML, and imports of agents' instructions."""
_COMMENT: Final = re.compile(
    r"\s*#?include(?:\s+(?:file|virtual)\s*=|\s*:|\s)\s*[\"']?[\w./-]{1,200}\.\w{1,8}[\"']?\s*"
)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each such line outside code, and each comment that includes a file."""
    for block in document.walk():
        if block.inline is None or not _MAY_HOLD.search(block.inline.plain):
            continue
        for match in _LINE.finditer(block.inline.plain):
            span = block.inline.span(match.start(), match.end())
            yield _finding(document, match[0].strip(), span, contents=match["contents"] is not None)
    for comment in document.comments:
        if _COMMENT.fullmatch(comment.text):
            yield _finding(document, f"<!--{comment.text}-->", comment.span, contents=False)


def _finding(document: Document, written: str, span: Span, *, contents: bool) -> Finding:
    return Finding(
        code="CX066",
        message=f"`{written[:60]}` has no effect here: codexc does not replace it",
        path=document.path,
        span=span,
        help="remove the line" if contents else "write the text here, or link to the file: `[title](file.md)`",
    )


LINT: Final = Lint(code="CX066", name="unread-directive", severity=Severity.WARNING, document=check)
