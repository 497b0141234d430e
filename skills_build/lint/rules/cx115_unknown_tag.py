"""A language or technology outside the vocabulary."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import Rule
from skills_build.source.document import Document
from skills_build.source.schema_findings import nearest


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each word of a scope that is not in the vocabulary of codex.yaml."""
    standard = document.standard
    vocabulary = {"languages": context.config.languages, "technologies": context.config.technologies}
    for kind, words in vocabulary.items():
        if not words:
            continue
        for number, word in enumerate(getattr(standard.scope, kind)):
            if word not in words:
                yield _finding(document, kind, word, words, standard.place(f"applies_to.{kind}.{number}"))
        for rule in standard.rules:
            for word in getattr(rule.scope, kind):
                if word not in words:
                    yield _finding(document, kind, word, words, _label(rule))


def _label(rule: Rule) -> Span:
    return next((label.span for label in rule.labels if label.name == "applies to"), rule.span)


def _finding(document: Document, kind: str, word: str, allowed: tuple[str, ...], span: Span) -> Finding:
    near = nearest(word, allowed)
    return Finding(
        code="CX115",
        message=f"`{word}` is not in `{kind}` of codex.yaml",
        path=document.path,
        span=span,
        help=f"did you mean `{near}`?" if near else f"add it to `{kind}` in codex.yaml",
    )


LINT: Final = Lint(code="CX115", name="unknown-tag", severity=Severity.WARNING, document=check)
