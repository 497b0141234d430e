"""A check with `rollout: block` whose rule can never block."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.check import Rollout
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each check that is to block although the requirement level of its rule is advisory."""
    rules = [rule for rule in document.standard.rules if rule.checks and not rule.level.binding]
    if not rules:
        return
    from skills_build.checks.read import placed, read_block

    for rule in rules:
        for block in rule.checks:
            spec, value, _ = read_block(block, context.check_schema, document.path)
            if spec and value and (spec.rollout or "").startswith(Rollout.BLOCK):
                yield Finding(
                    code="CX809",
                    message=f"`rollout: {spec.rollout}` has no effect: {rule.level} rules never block",
                    path=document.path,
                    span=placed(value.place(("rollout",)), block),
                    help="write `rollout: comment`, or change the requirement level to MUST or MUST NOT",
                )


LINT: Final = Lint(code="CX809", name="rollout-without-effect", severity=Severity.WARNING, document=check)
