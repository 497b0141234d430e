"""A comment or tag that is not closed and hides everything below it."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Block, Document

_ENDS: Final = (
    (
        re.compile(r"<(script|pre|style|textarea)(?=[\s>]|\Z)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
)
"""What begins HTML that goes on over empty lines, and what ends it (CommonMark 0.31.2, section 4.6)."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each block of HTML that is never closed, and for each comment in which another one begins."""
    for block in document.walk():
        if block.kind == "html":
            yield from _of_block(document, block)


def _of_block(document: Document, block: Block) -> Iterator[Finding]:
    text = block.text.lstrip()
    for begins, ends in _ENDS:
        match = begins.match(text)
        if match is None:
            continue
        name = f"<{match[1].lower()}>" if match.lastindex else match[0]
        end = ends.search(text, match.end())
        if end is None and block.last > block.first:
            hidden = f"the {block.last - block.first} lines below it are ignored"
            yield _finding(document, block, f"`{name}` is not closed, so {hidden}", _closing(name))
        elif name == "<!--" and end and "<!--" in text[match.end() : end.start()]:
            message = "comment is not closed before the next comment begins, so the lines between the two are ignored"
            yield _finding(document, block, message, _closing(name))
        return


def _closing(name: str) -> str:
    endings = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
    end = endings.get(name) or (">" if name.startswith("<!") else f"</{name[1:]}")
    return f"add the missing `{end}`, or remove `{name}`"


def _finding(document: Document, block: Block, message: str, help_: str) -> Finding:
    line = document.lines[block.first - 1]
    span = Span(block.first, block.column, block.first, len(line.rstrip()) + 1)
    return Finding(code="CX058", message=message, path=document.path, span=span, help=help_)


LINT: Final = Lint(
    code="CX058", name="unclosed-html", severity=Severity.ERROR, foreign=Severity.WARNING, document=check
)
