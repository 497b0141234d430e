"""`.agents/skills`, which most clients read: the canonical skills byte for byte, ready to be copied into a repository.

A real copy and not a link: links do not survive every checkout, and git stores equal files once. Targets that read this
tree as well (Codex CLI, Cursor, Copilot) write only what they need beside it.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import EmitContext
from skills_build.model.bundle import Artifact

ROOTS: Final = (".agents/skills/",)
"""The folders of a repository in which this target owns files."""


def emit(edition: EmitContext) -> Iterator[Artifact]:
    """Yield every skill below `.agents/skills`."""
    for name, files in edition.skill_files.items():
        for file in files:
            yield Artifact(path=f"targets/agents/.agents/skills/{name}/{file.path}", data=file.data, mode=file.mode)
