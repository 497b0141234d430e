"""A `check` block that cannot be read."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import CANONICAL, Rule
from skills_build.source.document import Block, Document, is_check
from skills_build.source.similar import misspelt

_FORMATS: Final = frozenset({"yaml", "yml", "json", "toml"})
_KIND: Final = re.compile(r"\A\s*(?:linter|ast-grep|regex|judgement)\s*:")
"""The start of a check of a kind whose name other YAML hardly starts with."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield all that is wrong with the `check` blocks of a file."""
    if document.standard.dialect == CANONICAL:
        yield from _near_checks(document)
    if not any(is_check(block) for block in document.walk()):
        return
    from skills_build.checks.read import read_checks, stray_checks

    for rule in document.standard.rules:
        if rule.checks:
            yield from read_checks(rule, context.check_schema, document.path).findings
    yield from stray_checks(document)


def _near_checks(document: Document) -> Iterator[Finding]:
    """Yield a finding for each code block that is meant as a check, but whose info string does not say so."""
    for block in document.walk():
        if block.kind == "fence" and not is_check(block) and _is_meant(block, document.standard.rules):
            yield Finding(
                code="CX801",
                message=f"the code block with the info string `{block.info.strip()}` is not read as a check",
                path=document.path,
                span=Span(block.first, block.column, block.first, len(document.lines[block.first - 1]) + 1),
                help="change the info string to `yaml check`, and write the check in YAML",
            )


def _is_meant(block: Block, rules: tuple[Rule, ...]) -> bool:
    first, *others = (word.strip(".:,()[]") for word in re.split(r"[\s{},;:]+", block.info.lower().strip("{} \t")))
    if first in _FORMATS and any(word in ("check", "checks") or misspelt(word, ("check",)) for word in others):
        return True
    if first not in _FORMATS or not _KIND.match(block.text):
        return False
    line = block.text.strip().split("\n")[0]
    owners = (rule for rule in rules if rule.span.line < block.first <= rule.end_line)
    return any(label.name == "check" and line in label.text for rule in owners for label in rule.labels)


LINT: Final = Lint(code="CX801", name="invalid-check", severity=Severity.ERROR, document=check)
