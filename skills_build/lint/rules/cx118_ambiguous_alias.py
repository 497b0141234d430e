"""An alias that is the id or the alias of another rule."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Note, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.standard import Rule, Standard


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each alias by which another rule is found as well, or instead."""
    rules = [(standard, rule) for standard in codex.standards for rule in standard.rules]
    if not any(rule.alias for _, rule in rules):
        return
    ids = {rule.id: (standard, rule) for standard, rule in rules}
    aliases: dict[str, tuple[Standard, Rule]] = {}
    for standard, rule in rules:
        if not rule.alias or rule.alias == rule.id:
            continue
        other = ids.get(rule.alias) or aliases.setdefault(rule.alias, (standard, rule))
        if other[1] is not rule:
            yield _finding(standard, rule, *other)


def _finding(standard: Standard, rule: Rule, home: Standard, other: Rule) -> Finding:
    what = "id" if other.id == rule.alias else "alias"
    span = other.id_span or other.span if what == "id" else _span(other)
    return Finding(
        code="CX118",
        message=f"alias `{rule.alias}` is also the {what} of {'another rule' if what == 'id' else f'`{other.id}`'}",
        path=standard.path,
        span=_span(rule),
        notes=(Note(message=f"the other {what}", path=home.path, span=span),),
        help="give one of the rules a different alias, or remove the alias",
    )


def _span(rule: Rule) -> Span:
    label = next((label for label in rule.labels if label.name == "alias"), None)
    return (label.value or label.span) if label else rule.id_span or rule.span


LINT: Final = Lint(code="CX118", name="ambiguous-alias", severity=Severity.WARNING, codex=check)
