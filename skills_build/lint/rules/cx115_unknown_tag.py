"""A language, technology or kind outside the vocabulary."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import Rule, Standard
from skills_build.source.document import Document
from skills_build.source.label_values import value_place
from skills_build.source.terms import KINDS, unknown_finding, unknown_word


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each word of a scope that no repository and no key of codex.yaml has."""
    standard = document.standard
    own = {kind: getattr(context.config, kind, ()) for kind in KINDS}
    for kind in KINDS:
        for number, word in enumerate(getattr(standard.scope, kind)):
            if _is_text(standard, kind):
                break  # a list is missing, which is reported
            if wrong := unknown_word(kind, word, own[kind]):
                place = standard.place(f"applies_to.{kind}.{number}")
                found = unknown_finding(wrong, document.path, place, exact=_is_written(standard, kind, number))
                yield replace(found, cause=context.config.cause(kind))
        for rule in standard.rules:
            for word in getattr(rule.scope, kind):
                if wrong := unknown_word(kind, word, own[kind]):
                    found = _in_label(wrong, word, rule, document.path)
                    yield replace(found, cause=context.config.cause(kind))


def _is_text(standard: Standard, kind: str) -> bool:
    keys = {key for key, _ in standard.places}
    return f"applies_to.{kind}" in keys and f"applies_to.{kind}.0" not in keys


def _is_written(standard: Standard, kind: str, number: int) -> bool:
    return any(key == f"applies_to.{kind}.{number}" for key, _ in standard.places)


def _in_label(wrong: tuple[str, str, str | None], word: str, rule: Rule, path: str) -> Finding:
    label = next((label for label in rule.labels if label.name == "applies to" and word in label.text), None)
    place = value_place(label, word) if label else rule.span
    return unknown_finding(wrong, path, place, exact=label is not None and place != label.span)


LINT: Final = Lint(code="CX115", name="unknown-tag", severity=Severity.WARNING, document=check)
