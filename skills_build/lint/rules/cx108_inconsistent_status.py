"""A status that contradicts what stands around it."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.lint.kinds import Context
from skills_build.model.standard import Status
from skills_build.source.document import Document

_DATE: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose status and labels do not fit together."""
    standard = document.standard
    for rule in standard.rules:
        title = standard.sections[rule.section].title.lower()
        message, help_ = "", ""
        if title == "withdrawn" and rule.tombstone is None:
            message, help_ = "stands under Withdrawn but has no date", "add `**Withdrawn:** YYYY-MM.`"
        elif rule.tombstone is not None and not _DATE.fullmatch(rule.tombstone.date):
            message, help_ = (
                f"was withdrawn on `{rule.tombstone.date}`, which is no date",
                "write YYYY-MM or YYYY-MM-DD",
            )
        elif rule.status and rule.status.status is Status.DEPRECATED and rule.label("use instead") is None:
            message, help_ = "is deprecated, but nothing says what to use", "add `**Use instead:**` and an id"
        if message:
            text = f"`{rule.id or rule.statement[:40]}` {message}"
            yield Finding(code="CX108", message=text, path=document.path, span=rule.id_span or rule.span, help=help_)
