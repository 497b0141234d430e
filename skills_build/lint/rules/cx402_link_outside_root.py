"""A link that leads outside the standards folder."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import link_target
from skills_build.lint.origin_places import links_of
from skills_build.model.codex import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each relative link that leads outside the root."""
    for standard in codex.standards:
        for link in links_of(standard):
            goal = link_target(standard, link)
            if goal is not None and goal.path.startswith(".."):
                yield Finding(
                    code="CX402",
                    message=f"`{link.target[:60]}` points outside the standards folder",
                    path=standard.path,
                    span=link.span,
                    help="use an absolute URL: files outside the folder are not shipped with the skill",
                )


LINT: Final = Lint(
    code="CX402", name="link-outside-root", severity=Severity.ERROR, foreign=Severity.WARNING, codex=check
)
