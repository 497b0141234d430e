"""Diagnostics as workflow commands of GitHub Actions, which annotates the lines of a pull request with them.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from collections.abc import Mapping, Sequence

from codex.report.text import printable
from skills_build.diagnostics import Diagnostic, Severity
from skills_build.inert import commandless, redacted

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """Return one command per line."""
    return "".join(_command(d) + "\n" for d in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    finding = diagnostic.finding
    values = {
        "file": finding.path,
        "line": finding.span.line,
        "endLine": finding.span.end_line,
        "col": finding.span.column,
        "endColumn": finding.span.end_column,
        "title": " ".join(dict.fromkeys((finding.code, diagnostic.name))),
    }
    properties = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in values.items())
    message = f"{finding.message} ({finding.help})" if finding.help else finding.message
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in ("%", "\r", "\n", *more):
        text = text.replace(character, f"%{ord(character):02X}")
    return commandless(printable(redacted(text)))
