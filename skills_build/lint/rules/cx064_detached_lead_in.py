"""A line that introduces a rule in a heading, and is not part of it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import CANONICAL, Form
from skills_build.source.candidates import introduces, visible_text
from skills_build.source.document import Document
from skills_build.source.labels import BOLD


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each paragraph that goes on in the rule directly above the heading of a rule."""
    if document.standard.dialect != CANONICAL:
        return
    rules = {rule.span.line: rule for rule in document.standard.rules if rule.form is Form.HEADING}
    for block, below in pairwise(document.blocks):
        rule = rules.get(below.first)
        if rule is None or block.kind != "paragraph" or block.inline is None or BOLD.match(block.inline.text):
            continue
        if introduces(block.inline.text):
            yield Finding(
                code="CX064",
                message=f"`{visible_text(block.inline.text)[-80:]}` is not part of `{rule.id}`",
                path=document.path,
                span=block.inline.span(0, len(block.inline.text)),
                help=f"write the condition as `**When:**` below `{rule.id}` and every other rule to which it applies",
            )


LINT: Final = Lint(code="CX064", name="detached-lead-in", severity=Severity.WARNING, document=check)
