"""`.agents/skills`, which most clients read: the canonical skills byte for byte, ready to be copied into a repository.

A copy and not a link: links do not survive every checkout, and git stores equal files once. Targets that also read this
tree (Codex CLI, Cursor, Copilot) write only what they need in addition.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import EmitContext
from skills_build.model.bundle import Artifact

ROOTS: Final = (".agents/skills/",)
"""The folders of a repository in which this target owns files."""


def emit(context: EmitContext) -> Iterator[Artifact]:
    """Yield every skill below `.agents/skills`."""
    for name, files in context.skill_files.items():
        for file in files:
            yield Artifact(path=f"targets/agents/.agents/skills/{name}/{file.path}", data=file.data, mode=file.mode)
