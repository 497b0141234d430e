"""Kiro: steering files that it loads with certain files. It reads AGENTS.md too (https://kiro.dev/docs/steering/)."""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import text_file
from skills_build.emit.front_matter import quoted_scalar
from skills_build.emit.projection import Projected, RepositoryRules, file_name, for_files, joined_lines

ROOTS: Final = (".kiro/steering/",)
"""The folders of a repository in which this target owns files."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield a file for each kind of files, with the rules that AGENTS.md does not show."""
    for globs, own in for_files(repository).items():
        listed = "\n".join(f"  - {quoted_scalar(glob)}" for glob in globs)
        head = f"---\ninclusion: fileMatch\nfileMatchPattern:\n{listed}\n---\n"
        name = file_name(repository.namespace, globs)
        yield text_file(f"{ROOTS[0]}{name}.md", f"{head}\n# {repository.title}\n\n{joined_lines(own)}\n")
