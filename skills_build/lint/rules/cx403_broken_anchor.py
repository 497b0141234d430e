"""A link to a heading that does not exist."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import by_path, is_anchor, link_target
from skills_build.model.standard import Codex
from skills_build.source.similar import nearest

_ALWAYS: Final = re.compile(r"top|L\d+(-L\d+)?|:~:.*")
"""Fragments that work on every page: its start, line numbers, and text fragments."""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link whose fragment is not a heading or HTML id of its file."""
    standards = by_path(codex)
    for standard in codex.standards:
        for link in standard.links:
            target = link_target(standard, link)
            home = standards.get(target.path) if target else None
            if target is None or home is None or not target.fragment:
                continue
            if is_anchor(target.fragment, home) or _ALWAYS.fullmatch(target.fragment):
                continue
            near = nearest(target.fragment, home.anchors)
            yield Finding(
                code="CX403",
                message=f"`{home.path}` has no heading with the anchor `#{target.fragment}`",
                path=standard.path,
                span=link.span,
                help=f"did you mean `#{near}`?" if near else f"link to an existing heading of `{home.path}`",
            )


LINT: Final = Lint(code="CX403", name="broken-anchor", severity=Severity.ERROR, foreign=Severity.WARNING, codex=check)
