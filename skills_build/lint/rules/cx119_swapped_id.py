"""A rule that has the sentence with which the lock knows another rule."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.source.resolve import lock_title


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose sentence is that of another id, which now has a different sentence.

    If the other id has no rule, its rule has vanished (CX114); if it still has its sentence, one was copied (CX308).
    """
    locked = {entry.id: entry.title for entry in codex.locked}
    ids = defaultdict[str, list[str]](list)
    for id_, title in locked.items():
        ids[title].append(id_)
    present = {rule.id: lock_title(rule.statement) for standard in codex.standards for rule in standard.rules}
    for standard in codex.standards:
        for rule in standard.rules:
            title = present[rule.id]
            owner, *more = ids.get(title, ("",))
            if not rule.id_written or locked.get(rule.id, title) == title or more:
                continue
            if present.get(owner, title) == title:
                continue
            yield Finding(
                code="CX119",
                message=f"`{rule.id}` has the sentence that the id lock records for `{owner}`",
                path=standard.path,
                span=rule.id_span or rule.span,
                help=f"write `{owner}` here: a rule keeps its id",
            )


LINT: Final = Lint(code="CX119", name="swapped-id", severity=Severity.WARNING, codex=check)
