"""A link to a file that is not there."""

from collections.abc import Iterator

from skills_build.diagnostics import Finding
from skills_build.lint.kinds import Context
from skills_build.lint.targets import exists, folders_of, target
from skills_build.model.standard import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each relative link to no file of the codex."""
    folders = folders_of(codex.files)
    names = tuple(codex.files)
    for standard in codex.standards:
        for link in standard.links:
            goal = target(standard, link)
            if goal is None or goal.path.startswith("..") or exists(goal.path, codex.files, folders):
                continue
            near = [name for name in names if name.rsplit("/", 1)[-1] == goal.path.rsplit("/", 1)[-1]]
            yield Finding(
                code="CX401",
                message=f"no file `{goal.path}`",
                path=standard.path,
                span=link.span,
                help=f"did you mean `{min(near)}`?" if near else "mend the link, or take it out",
            )
