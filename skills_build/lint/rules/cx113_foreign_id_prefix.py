"""A rule's id that belongs to another standard."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import CANONICAL
from skills_build.source.document import Document
from skills_build.source.similar import misspelt


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each written id that does not start with its standard's."""
    standard = document.standard
    if standard.dialect != CANONICAL or not standard.states("id"):
        return
    written = [rule.id for rule in standard.rules if rule.id_written]
    prefixes = {id_.rpartition("-")[0] for id_ in written}
    if len(prefixes) == 1 and (len(written) > 1 or misspelt(min(prefixes), (standard.id,))):
        prefix = min(prefixes)
        if prefix and prefix != standard.id:
            yield Finding(
                code="CX113",
                message=f"the id of this standard is `{standard.id}`, but all its rules start with `{prefix}-`",
                path=document.path,
                span=standard.place("id"),
                help=f"write `id: {prefix}` if the rules keep their ids; otherwise give the rules new ids",
            )
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
    return f"write `{same_number}`, or, if that id was used before, `{prefix}-` and the next free number"


LINT: Final = Lint(code="CX113", name="foreign-id-prefix", severity=Severity.ERROR, document=check)
