"""A link to a heading that is not there."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import by_path, link_target
from skills_build.model.standard import Codex
from skills_build.source.schema_findings import nearest

_ALWAYS: Final = re.compile(r"top|L\d+(-L\d+)?|:~:.*")
"""Fragments of every page: its start, lines of a source, and a text to be found."""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link whose fragment no heading or HTML id of its file has."""
    known = by_path(codex)
    for standard in codex.standards:
        for link in standard.links:
            goal = link_target(standard, link)
            home = known.get(goal.path) if goal else None
            if goal is None or home is None or not goal.fragment or goal.fragment in home.anchors:
                continue
            if goal.fragment.lower() in home.anchors or _ALWAYS.fullmatch(goal.fragment):
                continue
            near = nearest(goal.fragment, home.anchors)
            yield Finding(
                code="CX403",
                message=f"`{home.path}` has no heading with the anchor `#{goal.fragment}`",
                path=standard.path,
                span=link.span,
                help=f"did you mean `#{near}`?" if near else f"link to an existing heading of `{home.path}`",
            )


LINT: Final = Lint(code="CX403", name="broken-anchor", severity=Severity.ERROR, codex=check)
