"""Words that are true only for a limited time."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import first_sentence, live_rules, statement_prose, word_place
from skills_build.source.document import Document

_RELATIVE: Final = re.compile(
    r"\b(?:at the moment|(?<!as )soon(?! as)|nowadays|for now|at present|these days"
    r"|currently (?!\w+(?:ed|ing)\b|(?:active|open|valid|available|in use)\b)"
    r"|(?<!most )(?<!least )(?<!more )recently(?! \w+ed\b))",
    re.IGNORECASE,
)
"""Not `the currently selected item` or `as soon as`: these depend on a state, which is the same for every reader."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for the first such word of each statement."""
    for rule in live_rules(document):
        match = _RELATIVE.search(statement_prose(first_sentence(rule.statement)))
        if match:
            yield Finding(
                code="CX310",
                message=f"`{match[0].strip()}` depends on when the text is read",
                path=document.path,
                span=word_place(document, rule, match[0].strip()),
                help="state the version or the date",
            )


LINT: Final = Lint(code="CX310", name="time-relative-words", severity=Severity.WARNING, document=check)
