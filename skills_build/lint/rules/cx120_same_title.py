"""Two standards of one domain with the same title."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.standard import CANONICAL, Standard


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each standard whose title another standard of its domain has."""
    first: dict[tuple[str, str], Standard] = {}
    for standard in codex.standards:
        if standard.dialect != CANONICAL or not standard.states("title"):
            continue
        other = first.setdefault((standard.domain, " ".join(standard.title.casefold().split())), standard)
        if other is not standard:
            yield Finding(
                code="CX120",
                message=f"`{other.path}` has the same title: `{standard.title[:60]}`",
                path=standard.path,
                span=standard.place("title"),
                help="write a title that says what is different, or merge the two standards",
            )


LINT: Final = Lint(code="CX120", name="same-title", severity=Severity.WARNING, codex=check)
