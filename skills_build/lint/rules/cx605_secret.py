"""A credential in a text that thousands of repositories receive."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
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
_EXAMPLE: Final = re.compile(
    r"EXAMPLE|(.)\1{9,}|1234567890|0123456789|abcdefgh|your[_-]?(?:key|token|secret)|placeholder|redacted|John Doe",
    re.IGNORECASE,
)
_MIN_DISTINCT: Final = 8
"""A credential with fewer distinct characters was typed, not generated."""
_KEY_LINES: Final = 80
"""Maximum number of lines that are read of a private key."""
_KEY_WIDTH: Final = 4096
"""Maximum number of characters that are read of each line."""
_MIN_KEY: Final = 60
"""The shortest private key in base64 (Ed25519, RFC 8410) has 64 characters."""
_KEY_TEXT: Final = re.compile(r"[A-Za-z0-9+/=]{16,}")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each well-known credential format. The message names its kind and shows only its start."""
    lines = document.raw.split("\n")
    for number, start, end, kind in secrets_in(lines):
        yield Finding(
            code="CX605",
            message=f"this looks like {kind.replace('_', ' ')}: `{lines[number][start : start + 6]}...`",
            path=document.path,
            span=Span(number + 1, start + 1, number + 1, end + 1),
            help="revoke the credential, then use an obviously fake value",
        )


def secrets_in(lines: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """Yield each credential of a well-known format: its line from 0, its start and end there, and its kind."""
    for number, line in enumerate(lines):
        for match in _SECRET.finditer(line):
            kind = next(name for name in _SHAPES if match[name])
            below = (
                line[match.end() : match.end() + _KEY_WIDTH],
                *(one[:_KEY_WIDTH] for one in lines[number + 1 : number + 1 + _KEY_LINES]),
            )
            if _holds_a_key(below) if kind == "a_private_key" else _is_generated(match[0]):
                yield number, match.start(), match.end(), kind


def _is_generated(text: str) -> bool:
    """Whether a credential is more than a placeholder; the parts of a signed token are read decoded."""
    return len(set(text)) >= _MIN_DISTINCT and not any(_EXAMPLE.search(part) for part in (text, *_decoded(text)))


def _decoded(text: str) -> Iterator[str]:
    if text.startswith("eyJ"):
        for part in text.split(".")[:2]:
            yield urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")


def _holds_a_key(lines: Sequence[str]) -> bool:
    """Whether the text below the first line of a private key is one: long, and without an ellipsis or placeholder."""
    text, _, _ = "\n".join(lines).partition("-----")
    key = "".join(_KEY_TEXT.findall(text.replace("\\n", "\n")))
    return len(key) >= _MIN_KEY and _is_generated(key) and not re.search("\\.\\.|\N{HORIZONTAL ELLIPSIS}|[<\\[{]", text)


LINT: Final = Lint(code="CX605", name="secret", severity=Severity.ERROR, document=check)
