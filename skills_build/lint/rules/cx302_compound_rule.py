"""Two requirements in one rule."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import is_quoted, live_rules
from skills_build.model.standard import Keyword, Rule
from skills_build.source.document import Document
from skills_build.source.levels import read_levels

_STRUCK: Final = re.compile(r"(?:~~|<(?:del|s|strike)>)[^~<>]*$")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding at the second keyword of each rule."""
    for rule in live_rules(document):
        words = [word for word in rule.keywords if not _is_quoted(document, word.span)]
        words = [*words[:1], *(word for word in words[1:] if not _explains(rule, word))]
        second = words[1] if len(words) > 1 else _other(rule, words)
        if second is not None:
            yield Finding(
                code="CX302",
                message=f"the rule is read as {rule.level}, but also contains the level `{second.word}`",
                path=document.path,
                span=second.span,
                help="remove the struck-out text"
                if _is_struck(document, second.span)
                else "split the rule into two rules",
            )
        yield from _in_parts(document, rule)


def _in_parts(document: Document, rule: Rule) -> Iterator[Finding]:
    """Yield a finding for each part with an id of its own that states another level than its rule."""
    for part in rule.parts:
        words = read_levels(part.text) if part.id else ()
        if words and words[0].level not in (None, rule.level):
            yield Finding(
                code="CX302",
                message=f"part `{part.id}` says `{words[0].word}`, but is read as {rule.level}, the level of its rule",
                path=document.path,
                span=part.span,
                help="remove the level, or make the part a separate rule with its own id",
            )


def _explains(rule: Rule, word: Keyword) -> bool:
    """Return whether a word of a dialect only explains the first: `**Use OIDC**: Prefer it over keys`."""
    return word.level is rule.level and not read_levels(word.word, any_case=True)


def _is_quoted(document: Document, span: Span) -> bool:
    return is_quoted(document.lines[span.end_line - 1], span.column - 1, span.end_column - 1)


def _is_struck(document: Document, span: Span) -> bool:
    return bool(_STRUCK.search(document.lines[span.line - 1][: span.column - 1]))


def _other(rule: Rule, words: Sequence[Keyword]) -> Keyword | None:
    """Return the only level in the text of a rule, if the rule has another one from its dialect or its level column."""
    first = next(iter(words), None)
    return first if first and first.level not in (None, rule.level) else None


LINT: Final = Lint(code="CX302", name="compound-rule", severity=Severity.WARNING, document=check)
