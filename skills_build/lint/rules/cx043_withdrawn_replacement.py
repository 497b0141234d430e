"""A rule that refers to a withdrawn rule, or whose replacement is withdrawn or a draft, or leads back to it."""

from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.model.codex import Codex
from skills_build.model.standard import CANONICAL, Rule, Standard, Status, status_on
from skills_build.source.mentions import ID


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each `Use instead` that names no rule in force, and `See` that names a withdrawn rule."""
    rules = {rule.id: rule for standard in codex.standards for rule in standard.rules}
    drafts = _drafts(codex, context.as_of)
    for standard in codex.standards:
        yield from _mentioned(standard, rules)
        for rule in standard.rules:
            yield from _seen(standard, rule, rules)
            target = _target(rule)
            other = rules.get(target) if target else None
            if other is None or (other.tombstone is None and other.id != rule.id and other.id not in drafts):
                continue
            end = _end(other, rules) if other.id != rule.id and other.id not in drafts else None
            yield Finding(
                code="CX043",
                message=f"`{rule.id}` is replaced by `{other.id}`, which {_why(rule, other, end)}",
                path=standard.path,
                span=_place(rule),
                help=f"write `{end.id}`" if end else "use the id of a rule that is in force, or remove `Use instead`",
            )


def _seen(standard: Standard, rule: Rule, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Yield a finding for each withdrawn rule in the label `See`; a successor may refer to what it replaces."""
    for label in rule.labels if rule.tombstone is None else ():
        for match in ID.finditer(label.text) if label.name == "see" else ():
            other = rules.get(match[0])
            end = _end(other, rules) if other and other.tombstone is not None else None
            if other is None or other.tombstone is None or end is rule:
                continue
            yield Finding(
                code="CX043",
                message=f"`{rule.id}` refers to `{other.id}`, which is withdrawn",
                path=standard.path,
                span=label.value or label.span,
                help=f"write `{end.id}`" if end else "use the id of a rule that is in force, or remove the id",
            )


def _mentioned(standard: Standard, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Yield a finding for each withdrawn rule in prose that does not say that it is one, outside labels with ids."""
    gone = [
        mention for mention in standard.mentions if (other := rules.get(mention.id)) and other.tombstone is not None
    ]
    if not gone or standard.dialect != CANONICAL:
        return
    own = {line for rule in standard.rules for line in _lines_with_ids(rule)}
    for mention in gone:
        if mention.written or mention.past or mention.span.line in own:
            continue
        end = _end(rules[mention.id], rules)
        yield Finding(
            code="CX043",
            message=f"`{mention.id}` is mentioned, but it is withdrawn",
            path=standard.path,
            span=mention.span,
            help=f"write `{end.id}`, or say that the rule is withdrawn" if end else "say that the rule is withdrawn",
        )


def _lines_with_ids(rule: Rule) -> Iterator[int]:
    """Yield the lines of a withdrawn rule, and those of labels in which `_seen` looks for ids."""
    if rule.tombstone is not None:
        yield from range(rule.span.line, max(rule.end_line, rule.span.end_line) + 1)
    for label in rule.labels:
        if label.name in ("see", "use instead", "change", "alias"):
            yield from range(label.span.line, label.span.line + label.text.count("\n") + 1)


def _drafts(codex: Codex, day: str) -> frozenset[str]:
    """Return the ids of rules that are never part of the output."""
    rows = ((standard, rule) for standard in codex.standards for rule in standard.rules)
    return frozenset(rule.id for standard, rule in rows if status_on(standard, rule, day) is Status.DRAFT)


def _target(rule: Rule) -> str | None:
    """Return the first id in the label `Use instead`."""
    match = ID.search(rule.label("use instead") or "")
    return match[0] if match else None


def _end(rule: Rule, rules: Mapping[str, Rule]) -> Rule | None:
    """Follow replacements from a rule to the one that is in force; None if there is none."""
    seen: set[str] = set()
    here: Rule | None = rule
    while here is not None and here.tombstone is not None:
        if here.id in seen:
            return None
        seen.add(here.id)
        here = rules.get(_target(here) or "")
    return here


def _why(rule: Rule, other: Rule, end: Rule | None) -> str:
    if other.id == rule.id:
        return "is the rule itself"
    if other.tombstone is None:
        return "is a draft, so it is not in the output"
    if end is None and _target(other) == rule.id:
        return f"is in turn replaced by `{rule.id}`"
    return "is withdrawn too"


def _place(rule: Rule) -> Span:
    label = next((label for label in rule.labels if label.name == "use instead"), None)
    return (label.value or label.span) if label else rule.span


LINT: Final = Lint(code="CX043", name="withdrawn-replacement", severity=Severity.WARNING, codex=check)
