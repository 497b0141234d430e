"""Hidden characters and words that mix alphabets in a code block, where they may be the point of the example."""

from collections.abc import Iterator
from typing import Final

from skills_build.characters import mixed, name
from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.unseen import described, lines, runs
from skills_build.source.document import Document

_ESCAPE_IT: Final = "write the character as an escape, such as `\\u200b`: skills show its code point instead"
_RETYPE_IT: Final = "retype the word, unless the example is about mixed alphabets"


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each run of hidden characters in code, and for each word there that mixes alphabets."""
    for number, start, end, text in runs(document, code=True):
        span = Span(number, start + 1, number, end + 1)
        yield _finding(document, span, f"code contains the hidden {described(text)}", _ESCAPE_IT)
    for number, line in lines(document, code=True):
        for start, end, letter in mixed(line):
            span = Span(number, start + 1, number, end + 1)
            message = f"`{line[start:end]}` in code mixes alphabets: {name(letter)}"
            yield _finding(document, span, message, _RETYPE_IT)


def _finding(document: Document, span: Span, message: str, help_: str) -> Finding:
    return Finding(code="CX608", message=message, path=document.path, span=span, help=help_)


LINT: Final = Lint(code="CX608", name="hidden-in-code", severity=Severity.WARNING, document=check)
