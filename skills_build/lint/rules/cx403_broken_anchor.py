"""A link to a heading that does not exist."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import Anchors, by_path, cited_rule, link_target, rule_ids
from skills_build.model.codex import Codex
from skills_build.model.standard import Standard
from skills_build.source.similar import nearest

_ALWAYS: Final = re.compile(r"top|L\d+(-L\d+)?|:~:.*")
"""Fragments that work on every page: its start, line numbers, and text fragments."""

_MAX_COMPARED: Final = 50_000
"""Maximum number of anchors that broken ones are compared with; without a limit, a hostile page takes quadratic time.
"""


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each link whose fragment is not a heading or HTML id of its file."""
    standards = by_path(codex)
    ids = rule_ids(codex)
    anchors: dict[str, Anchors] = {}
    budget = _MAX_COMPARED
    for standard in codex.standards:
        for link in standard.links:
            target = link_target(standard, link)
            home = standards.get(target.path) if target else None
            if target is None or home is None or not target.fragment:
                continue
            if target.path not in anchors:
                anchors[target.path] = Anchors(home)
            if target.fragment in anchors[target.path] or _ALWAYS.fullmatch(target.fragment):
                continue
            budget -= len(home.anchors)
            near = nearest(target.fragment, home.anchors) if budget > -len(home.anchors) else None
            yield Finding(
                code="CX403",
                message=f"`{home.path}` has no heading with the anchor `#{target.fragment}`",
                path=standard.path,
                span=link.span,
                help=cited_rule(target.fragment, ids) or _help(near, home),
            )


def _help(near: str | None, home: Standard) -> str:
    return f"did you mean `#{near}`?" if near else f"link to an existing heading of `{home.path}`"


LINT: Final = Lint(code="CX403", name="broken-anchor", severity=Severity.ERROR, foreign=Severity.WARNING, codex=check)
