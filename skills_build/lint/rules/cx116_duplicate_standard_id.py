"""Two standards with the same id."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.standard import Standard


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each standard whose id an earlier standard has."""
    first: dict[str, Standard] = {}
    for standard in codex.standards:
        home = first.setdefault(standard.id, standard)
        if home is not standard:
            yield Finding(
                code="CX116",
                message=f"standard id `{standard.id}` is used twice",
                path=standard.path,
                span=standard.place("id"),
                notes=(Note(message="first used here", path=home.path, span=home.place("id")),),
                help="choose a different id; rule ids start with the id of their standard",
            )


LINT: Final = Lint(code="CX116", name="duplicate-standard-id", severity=Severity.ERROR, codex=check)
