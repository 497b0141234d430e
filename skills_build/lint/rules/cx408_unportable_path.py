"""A file name that not every system can have."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.kinds import Context, Lint
from skills_build.model.standard import Codex

MOST: Final = 240
"""Bytes of a path below which every system is content (Windows: 260 characters for the whole path)."""
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN: Final = re.compile('[<>:"|?*\\\\\x00-\x1f]')


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each standard whose path some system refuses or confuses with another."""
    seen: dict[str, str] = {}
    for standard in codex.standards:
        other = seen.setdefault(standard.path.casefold(), standard.path)
        wrong = f"differs from `{other}` only in case" if other != standard.path else _wrong(standard.path)
        if wrong:
            help_ = "rename it: lower-case letters, digits and hyphens travel everywhere"
            yield Finding(code="CX408", message=f"path {wrong}", path=standard.path, help=help_)


def _wrong(path: str) -> str:
    if len(path.encode()) > MOST:
        return f"has {len(path.encode())} bytes, more than {MOST}"
    for name in path.split("/"):
        if _RESERVED.fullmatch(name):
            return f"holds `{name}`, a reserved name on Windows"
        if _FORBIDDEN.search(name) or name.endswith((" ", ".")):
            return f"holds `{name}`, which Windows refuses"
    return "" if path.isascii() else "is not ASCII"


LINT: Final = Lint(code="CX408", name="unportable-path", severity=Severity.ERROR, codex=check)
