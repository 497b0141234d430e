"""A lower-case modal next to a keyword."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import first_sentence, live_rules, statement_prose, text_before, word_place
from skills_build.lint.quotations import is_quotation
from skills_build.source.document import Document

_MODAL: Final = re.compile(r"\b(?:must|shall|should)\b")

_CLAUSE: Final = re.compile(
    r"\b(?:if|unless|when|whether|since|because|that|who|how|what|where"
    r"|as (?:they|it|these|those|this|we|you|otherwise))\b[^,;:.]*$",
    re.IGNORECASE,
)
"""The start of a clause that describes a case or a reason: `if you must`."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for the first lower-case modal in the sentence of each keyword.

    Where a dialect has its levels in lower case, a modal is a level, and no ordinary word.
    """
    for rule in live_rules(document):
        upper = bool(rule.keywords) and all(keyword.word.isupper() for keyword in rule.keywords)
        prose = statement_prose(first_sentence(rule.statement)).replace("_", " ") if upper else ""
        match = next((one for one in _MODAL.finditer(prose) if not _is_other(prose, one)), None)
        if match:
            yield Finding(
                code="CX312",
                message=f"it is unclear whether `{match[0]}` next to `{rule.keywords[0].word}` is a second requirement",
                path=document.path,
                span=word_place(document, rule, match[0]),
                help=f"write a separate rule, or rephrase the sentence without `{match[0]}`",
            )


def _is_other(prose: str, modal: re.Match[str]) -> bool:
    """Return whether a modal is in a clause that describes a case or a reason, or in a quotation."""
    return bool(_CLAUSE.search(text_before(prose, modal.start()))) or is_quotation(prose, *modal.span())


LINT: Final = Lint(code="CX312", name="ambiguous-modal", severity=Severity.WARNING, document=check)
