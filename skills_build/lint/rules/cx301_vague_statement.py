"""Words that leave the requirement open."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import first_sentence, live_rules, statement_prose, text_before, word_place
from skills_build.source.document import Document

_VAGUE: Final = re.compile(
    r"\b(?:as (?:needed|appropriate|necessary)|(?<!take )(?<!taking )(?<!an )(?<!more )appropriate(?:ly)?"
    r"|best practices?|properly"
    r"|reasonable (?:amount|effort|length|limit|number|period|place|size|time|value)s?"
    r"|sufficient(?:ly)?|where (?:possible|applicable|appropriate)|if possible|etc)\b",
    re.IGNORECASE,
)
_EXPLAINED: Final = re.compile(
    r"[,;:]?\s*(?:\w+ ){0,3}(?:\(|i\.e\.|e\.g\.|depending|based|according|defined|described|such as"
    r"|for (?:the|its|each))"
)
"""What follows a vague word and makes it clear."""
_PURPOSE: Final = re.compile(r"\b(?:in order (?:to|for)|so that|to ensure|to be)\b[^,;:.]*$", re.IGNORECASE)
"""What starts a reason, which requires nothing."""
_EXAMPLES: Final = re.compile(
    r"(?:\([^()]*|\b(?:such as|like|e\.g\.|for example|for instance|including)[ ,:][^.;]*)$", re.IGNORECASE
)
"""What precedes `etc` in a list of examples, which requires nothing."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for the first vague word of each statement."""
    for rule in live_rules(document):
        prose = statement_prose(first_sentence(rule.statement))
        match = next((one for one in _VAGUE.finditer(prose) if _is_open(prose, one)), None)
        if match:
            yield Finding(
                code="CX301",
                message=f"`{match[0]}` does not specify what is required",
                path=document.path,
                span=word_place(document, rule, match[0]),
                help="state the exact behaviour, number or tool",
            )


def _is_open(prose: str, match: re.Match[str]) -> bool:
    """Whether a vague word leaves the requirement open: neither explained behind it nor part of a list of examples."""
    if match[0].lower() == "etc" and _EXAMPLES.search(text_before(prose, match.start())):
        return False
    return not _EXPLAINED.match(prose, match.end()) and not _PURPOSE.search(text_before(prose, match.start()))


LINT: Final = Lint(code="CX301", name="vague-statement", severity=Severity.WARNING, document=check)
