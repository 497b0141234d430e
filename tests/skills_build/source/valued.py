"""A rule with a body, and what is found in it."""

from skills_build.diagnostics import Finding
from skills_build.model.standard import Rule
from tests.skills_build.source.reading import HEAD, reading

WHY = "**Why:** callers give up.\n"
RULE = "## Services MUST answer in time (SVC-1)\n\n"


def found(body: str) -> tuple[Finding, ...]:
    """The findings of a rule with this body, without those about a missing reason or example."""
    return tuple(f for f in reading(HEAD + RULE + body).findings if f.code < "CX1")


def rule(body: str) -> Rule:
    document = reading(HEAD + RULE + body).document
    assert document is not None
    return document.standard.rules[0]


def excerpt(finding: Finding, body: str) -> str:
    """The text at the place of a finding."""
    line = (HEAD + RULE + body).split("\n")[finding.span.line - 1]
    return line[finding.span.column - 1 : finding.span.end_column - 1]


def values_reported(page: str) -> list[tuple[str, str | None]]:
    """The invalid values of a page: code and help."""
    codes = ("CX040", "CX041", "CX047")
    return [(f.code, f.help) for f in reading(page).findings if f.code in codes]
