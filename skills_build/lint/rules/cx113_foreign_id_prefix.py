"""A rule's id that belongs to another standard."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import CANONICAL
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each written id that does not start with its standard's."""
    standard = document.standard
    if standard.dialect != CANONICAL or not standard.states("id"):
        return
    taken = {rule.id for rule in standard.rules}
    for rule in standard.rules:
        if rule.id_written and not rule.id.startswith(f"{standard.id}-"):
            yield Finding(
                code="CX113",
                message=f"`{rule.id}` does not start with `{standard.id}-`, the id of its standard",
                path=document.path,
                span=rule.id_span or rule.span,
                help=_help(f"{standard.id}-{rule.id.rpartition('-')[2]}", standard.id, taken),
            )


def _help(same_number: str, prefix: str, taken: set[str]) -> str:
    if same_number in taken:
        return f"write `{prefix}-` and the next free number"
    taken.add(same_number)
    return f"write `{same_number}`, or `{prefix}-` and the next free number if a rule had that id"


LINT: Final = Lint(code="CX113", name="foreign-id-prefix", severity=Severity.ERROR, document=check)
