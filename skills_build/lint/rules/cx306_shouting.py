"""Words in capitals that are not keywords."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import is_quoted, live_rules, statement_prose, word_place
from skills_build.source.document import Document
from skills_build.source.levels import without_levels

_SHOUT: Final = re.compile(
    r"(?<![A-Z0-9]-)\b(?:NEVER|ALWAYS|ONLY|(?<!\[!)(?<!: )(?:IMPORTANT|WARNING)(?!\W{0,3}:)|EVER|ALL(?! CAPS)|ANY"
    r"|NOT(?! RECOMMENDED)|DO|DON'T)\b(?!-[A-Z0-9])"
)
"""Not the marker of an alert (`[!WARNING]`), a value (`Severity: IMPORTANT`), or a part of a name (`READ-ONLY`)."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for the first ordinary word in capitals of each statement."""
    for rule in live_rules(document):
        words = statement_prose(without_levels(rule.statement))
        match = next((one for one in _SHOUT.finditer(words) if not is_quoted(words, *one.span())), None)
        if match:
            yield Finding(
                code="CX306",
                message=f"`{match[0]}` is in capitals",
                path=document.path,
                span=word_place(document, rule, match[0]),
                help="write the word in lower case; capitals are reserved for the keyword",
            )


LINT: Final = Lint(code="CX306", name="shouting", severity=Severity.WARNING, document=check)
