"""Words in capitals that are no keywords."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.kinds import Context, Lint
from skills_build.lint.prose import live, place, prose
from skills_build.source.document import Document
from skills_build.source.units import KEYWORD

_SHOUT: Final = re.compile(r"\b(?:NEVER|ALWAYS|ONLY|IMPORTANT|WARNING|NOTE|EVER|ALL|ANY|NOT|DO|DON'T)\b")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where two plain English words in a row are in capitals."""
    for rule in live(document):
        words = prose(KEYWORD.sub(lambda m: " " * len(m[0]), rule.statement))
        match = _SHOUT.search(words)
        if match:
            yield Finding(
                code="CX306",
                message=f"`{match[0]}` is shouted",
                path=document.path,
                span=place(document, rule, match[0]),
                help="capitals are for the keyword alone",
            )


LINT: Final = Lint(code="CX306", name="shouting", severity=Severity.WARNING, document=check)
