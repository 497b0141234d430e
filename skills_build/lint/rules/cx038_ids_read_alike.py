"""Ids that people read as the same one: `PG-3` and `PG-03`."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.free_ids import FreeIds, normalised
from skills_build.model.codex import Codex
from skills_build.model.standard import CANONICAL


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each id of a canonical rule with a zero in front of its number."""
    ids: FreeIds | None = None
    for standard in codex.standards:
        for rule in standard.rules if standard.dialect == CANONICAL else ():
            plain = normalised(rule.id, standard.id)
            if plain == rule.id or not rule.id.startswith(f"{standard.id}-") or rule.tombstone:
                continue
            ids = ids or FreeIds(codex)
            free = plain if plain not in ids.known else ids.next(standard.id)
            other = next(((s, r) for s in codex.standards for r in s.rules if r.id == plain), None)
            yield Finding(
                code="CX038",
                message=f"`{rule.id}` reads like `{plain}`",
                path=standard.path,
                span=rule.id_span or rule.span,
                notes=(Note(message=f"`{plain}`", path=other[0].path, span=other[1].id_span),) if other else (),
                help=f"write `{free}`",
            )


LINT: Final = Lint(code="CX038", name="ids-read-alike", severity=Severity.WARNING, codex=check)
