"""Devin Desktop (formerly Windsurf): rules that it loads with certain files, at most 12,000 characters each.

It reads AGENTS.md too. Format: https://docs.windsurf.com/windsurf/cascade/memories.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.counts import counted
from skills_build.emit.context import text_file
from skills_build.emit.globs import join_globs
from skills_build.emit.projection import (
    Projected,
    Remark,
    RepositoryRules,
    file_name,
    fitting,
    for_files,
    joined_lines,
)

ROOTS: Final = (".windsurf/rules/",)
"""The folders of a repository in which this target owns files."""
_MOST: Final = 11_500


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield a file for each kind of files, with the rules that AGENTS.md does not show."""
    for globs, own in for_files(repository).items():
        shown = fitting(own, _MOST)
        head = f"---\ntrigger: glob\nglobs: {join_globs(globs)}\n---\n"
        path = f"{ROOTS[0]}{file_name(repository.namespace, globs)}.md"
        yield text_file(path, f"{head}\n# {repository.title}\n\n{joined_lines(shown)}\n")
        if len(shown) < len(own):
            missing = counted(len(own) - len(shown), "rule")
            yield Remark(text=f"`{path}` omits {missing}: the client reads at most 12,000 characters")
