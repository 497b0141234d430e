"""The same thing, required and forbidden."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.similarity import comparable_rules, same_statements
from skills_build.model.standard import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding where statements that are the same but for the level and languages have opposite polarity."""
    for group in same_statements(comparable_rules(codex)):
        first = group[0]
        for other in group[1:]:
            if other.rule.level.negative != first.rule.level.negative:
                yield Finding(
                    code="CX307",
                    message=f"{other.rule.level} here but {first.rule.level} in `{first.rule.id}`, for the same statement",
                    path=other.standard.path,
                    span=other.rule.level_span or other.rule.span,
                    notes=(Note(message="the other rule", path=first.standard.path, span=first.rule.span),),
                    help="keep one, or limit each of them with `Applies to`",
                )


LINT: Final = Lint(code="CX307", name="contradiction", severity=Severity.ERROR, codex=check)
