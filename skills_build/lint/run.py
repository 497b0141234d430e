"""Runs the lints of one stage on its result. Settings are applied to the findings later."""

from collections.abc import Iterable
from dataclasses import replace

from skills_build.diagnostics import Finding, in_order
from skills_build.lint.base import Context, Stage
from skills_build.lint.registry import lints_of
from skills_build.model.bundle import Output
from skills_build.model.codex import Codex
from skills_build.model.standard import CANONICAL
from skills_build.source.document import Document


def check_document(document: Document, context: Context) -> tuple[Finding, ...]:
    """Run the document lints on one file."""
    found = in_order(f for lint in lints_of(Stage.DOCUMENT) if lint.document for f in lint.document(document, context))
    return mark_foreign_code(found, document)


def mark_foreign_code(findings: Iterable[Finding], document: Document) -> tuple[Finding, ...]:
    """Mark the findings that are inside a code block of a document that is not in the codexc format."""
    found = tuple(findings)
    if not found or document.standard.dialect == CANONICAL:
        return found
    blocks = [block for block in document.walk() if block.kind in ("fence", "code")]
    code = {number for block in blocks for number in range(block.first, block.last + 1)}
    return tuple(replace(one, in_foreign_code=True) if one.span.line in code else one for one in found)


def check_codex(codex: Codex, context: Context) -> tuple[Finding, ...]:
    """Run the codex lints on all standards together."""
    return in_order(f for lint in lints_of(Stage.CODEX) if lint.codex for f in lint.codex(codex, context))


def check_output(output: Output, context: Context) -> tuple[Finding, ...]:
    """Run the output lints on the built files."""
    return in_order(f for lint in lints_of(Stage.OUTPUT) if lint.output for f in lint.output(output, context))
