"""A file name that does not work on every system."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.paths import folded, path_fault

MAX_BYTES: Final = 240
"""Maximum length of a path that works on every system, in bytes. Windows allows 260 characters for the whole path:
https://learn.microsoft.com/en-us/windows/win32/fileio/maximum-file-path-limitation
"""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each standard whose path some system rejects or confuses with another."""
    seen: dict[str, str] = {}
    for standard in codex.standards:
        other = seen.setdefault(folded(standard.path), standard.path)
        wrong = f"differs from `{other}` only in case" if other != standard.path else _wrong(standard.path)
        if wrong:
            help_ = "rename the file; lower-case letters, digits and hyphens work everywhere"
            yield Finding(code="CX408", message=f"path {wrong}", path=standard.path, help=help_)


def _wrong(path: str) -> str:
    if len(path.encode()) > MAX_BYTES:
        return f"is {len(path.encode())} bytes long (limit: {MAX_BYTES})"
    fault = path_fault(path)
    if fault:
        return fault.removeprefix("it ")
    return "" if path.isascii() else "is not ASCII"


LINT: Final = Lint(code="CX408", name="unportable-path", severity=Severity.ERROR, foreign=Severity.WARNING, codex=check)
