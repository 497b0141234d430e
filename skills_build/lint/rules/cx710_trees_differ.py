"""Copies of one skill that differ."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_COPY: Final = re.compile(r"targets/[^/]+/\.[^/]+/skills/(?P<name>.+)")
"""A file of the copy of a skill that a target has."""


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each file of a client's copy that differs from the canonical skill."""
    for path, data in sorted(output.files.items()):
        copy = _COPY.fullmatch(path)
        if copy and "/agents/" not in copy["name"] and output.files.get(f"skills/{copy['name']}") != data:
            help_ = "this is a bug in codexc: report it"
            yield Finding(code="CX710", message=f"differs from `skills/{copy['name']}`", path=path, help=help_)


LINT: Final = Lint(code="CX710", name="trees-differ", severity=Severity.ERROR, output=check)
