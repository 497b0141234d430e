"""A rule that is gone without a tombstone."""

from collections.abc import Iterator

from skills_build.diagnostics import Finding
from skills_build.lint.kinds import Context
from skills_build.model.standard import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each id of the lock that no standard has and that nobody withdrew."""
    present = {rule.id for standard in codex.standards for rule in standard.rules}
    parts = {part.id for standard in codex.standards for rule in standard.rules for part in rule.parts}
    for entry in codex.locked:
        if entry.withdrawn is None and entry.id not in present | parts:
            yield Finding(
                code="CX114",
                message=f"rule `{entry.id}` (`{entry.title[:60]}`) has vanished",
                path=entry.file,
                help=f"put it under `## Withdrawn` with `**Withdrawn:** {context.as_of[:7]}.` for those who cite it",
            )
