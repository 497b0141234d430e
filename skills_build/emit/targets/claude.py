"""Claude Code: `.claude/skills`, with the same bytes as `.agents/skills`, and a CLAUDE.md.

Some clients read both folders, so the copies must not differ. Claude Code reads CLAUDE.md and not AGENTS.md, which is
therefore imported: https://github.com/anthropics/claude-code/issues/6235.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import EmitContext, text_file
from skills_build.model.bundle import Artifact

ROOTS: Final = (".claude/skills/",)
"""The folders of a repository in which this target owns files."""
HOSTS: Final = ("CLAUDE.md",)
"""Files of the repository itself in which this target has a block."""


def emit(context: EmitContext) -> Iterator[Artifact]:
    """Yield every skill below `.claude/skills`, and a CLAUDE.md that imports AGENTS.md."""
    yield text_file("targets/claude/CLAUDE.md", context.pages.render("claude/CLAUDE.md.j2", {}))
    for name, files in context.skill_files.items():
        for file in files:
            yield Artifact(path=f"targets/claude/.claude/skills/{name}/{file.path}", data=file.data, mode=file.mode)
