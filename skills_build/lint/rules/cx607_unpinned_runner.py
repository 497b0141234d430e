"""A tool that is run without a version."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules
from skills_build.source.document import Document

_RUN: Final = re.compile(r"\b(?:npx|uvx|pipx run|bunx)(?: (?:-y|--yes))? ([@A-Za-z][\w./@=-]*)")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each `npx`, `uvx` or `pipx run` in a good example that names no version."""
    for rule in live_rules(document):
        for example in (e for e in rule.examples if e.good):
            for offset, line in enumerate(example.code.split("\n")):
                match = _RUN.search(line)
                if match and "@" not in match[1].lstrip("@") and "==" not in match[1]:
                    number = example.span.line + 1 + offset
                    column = document.lines[number - 1].find(match[0]) + 1
                    yield Finding(
                        code="CX607",
                        message=f"`{match[0]}` is not pinned to a version",
                        path=document.path,
                        span=Span(number, max(column, 1), number, max(column, 1) + len(match[0])),
                        help=f"pin it: `{match[1]}@1.2.3`",
                    )


LINT: Final = Lint(code="CX607", name="unpinned-runner", severity=Severity.INFO, document=check)
