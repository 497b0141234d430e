"""Runs the lints of one stage on its result. Settings are applied to the findings later."""

from skills_build.diagnostics import Finding, in_order
from skills_build.lint.base import Context
from skills_build.lint.registry import LINTS
from skills_build.model.bundle import Output
from skills_build.model.standard import Codex
from skills_build.source.document import Document


def check_document(document: Document, context: Context) -> tuple[Finding, ...]:
    """Run the document lints on one file."""
    return in_order(f for lint in LINTS if lint.document for f in lint.document(document, context))


def check_codex(codex: Codex, context: Context) -> tuple[Finding, ...]:
    """Run the codex lints on all standards together."""
    return in_order(f for lint in LINTS if lint.codex for f in lint.codex(codex, context))


def check_output(output: Output, context: Context) -> tuple[Finding, ...]:
    """Run the output lints on the built files."""
    return in_order(f for lint in LINTS if lint.output for f in lint.output(output, context))
