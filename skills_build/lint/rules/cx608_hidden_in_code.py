"""Hidden characters and words of two alphabets in a code block, where they may be the point of the example."""

from collections.abc import Iterator
from typing import Final

from skills_build.characters import mixed, name
from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.unseen import described, lines, runs
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each run of hidden characters in code, and for each word there that mixes alphabets."""
    for number, start, end, text in runs(document, code=True):
        yield _finding(document, Span(number, start + 1, number, end + 1), f"code has the hidden {described(text)}")
    for number, line in lines(document, code=True):
        for start, end, letter in mixed(line):
            message = f"`{line[start:end]}` in code mixes alphabets: {name(letter)}"
            yield _finding(document, Span(number, start + 1, number, end + 1), message)


def _finding(document: Document, span: Span, message: str) -> Finding:
    help_ = "write it as an escape, such as `\\u200b`: skills show the code point in its place"
    return Finding(
        code="CX608",
        message=message,
        path=document.path,
        span=span,
        help=help_ if "hidden" in message else "type the word again, unless the example is about it",
    )


LINT: Final = Lint(code="CX608", name="hidden-in-code", severity=Severity.WARNING, document=check)
