"""A credential in a text that thousands of repositories receive."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.source.document import Document

_SHAPES: Final = {
    "an_AWS_key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a_GitHub_token": r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}",
    "a_GitLab_token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a_Slack_token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a_Google_key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a_Stripe_key": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "a_private_key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a_signed_token": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}",
}
_SECRET: Final = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in _SHAPES.items()))
_EXAMPLE: Final = re.compile(r"EXAMPLE|example|(.)\1{9,}|1234567890", re.IGNORECASE)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each well-known credential format. The message names its kind and shows only its start."""
    for number, line in enumerate(document.raw.split("\n"), 1):
        for match in _SECRET.finditer(line):
            if _EXAMPLE.search(match[0]):
                continue
            kind = next(name for name in _SHAPES if match[name]).replace("_", " ")
            yield Finding(
                code="CX605",
                message=f"this looks like {kind}: `{match[0][:6]}...`",
                path=document.path,
                span=Span(number, match.start() + 1, number, match.end() + 1),
                help="revoke it, then use an obviously fake value",
            )


LINT: Final = Lint(code="CX605", name="secret", severity=Severity.ERROR, document=check)
