"""Template markup that the site generator would have replaced."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_MAY_HOLD: Final = re.compile(r"\{|<%|--8<--|!\[\[|^(?:im|ex)port ", re.MULTILINE)
_TAG: Final = re.compile(
    r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|<%.{0,80}?%>|\{\{%?|--8<--|\{/\*.{0,80}?\*/\}|!\[\[[^\[\]\n]{1,80}\]\]"
    r"|\A\{![^{}!\n]{1,80}!\}|^import [\w{}*, ]{1,80} from ['\"][^'\"\n]{1,80}['\"];?$"
    r"|^export (?:const|let|default|function) .{1,80}$",
    re.MULTILINE,
)
"""Tags of Liquid, Jinja, MDX, snippets and embedded notes (`![[limits]]`)."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each template tag in prose. Code may hold them, and so may the mark that makes a rule."""
    marks = [(rule.mark, rule.span) for rule in document.standard.rules if rule.mark]
    for block in document.walk():
        if block.inline is None or not _MAY_HOLD.search(block.inline.plain):
            continue
        for match in _TAG.finditer(block.inline.plain):
            span = block.inline.span(match.start(), match.end())
            if any(_holds(mark, span) and not _holds(statement, span) for mark, statement in marks):
                continue
            yield Finding(
                code="CX012",
                message=f"`{match[0][:40]}` is template syntax that is never replaced",
                path=document.path,
                span=span,
                help="write the final text, or put the syntax in backticks",
            )


def _holds(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


LINT: Final = Lint(
    code="CX012", name="leftover-template-syntax", severity=Severity.ERROR, foreign=Severity.WARNING, document=check
)
