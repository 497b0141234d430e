"""Every output target, one row each. `codex.yaml` chooses by name; a new target is a file, a row and its templates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from skills_build.emit.edition import Edition
from skills_build.emit.targets import agents, claude, codex, copilot, cursor
from skills_build.model.bundle import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A family of clients: what it is called in `codex.yaml`, and what is written for it below `targets/<name>`."""

    name: str
    summary: str
    emit: Callable[[Edition], Iterator[Artifact]]


TARGETS: Final[tuple[Target, ...]] = (
    Target(name="agents", summary="`.agents/skills`, which most clients read", emit=agents.emit),
    Target(name="claude", summary="`.claude/skills` and a CLAUDE.md that imports AGENTS.md", emit=claude.emit),
    Target(name="codex", summary="sidecars `agents/openai.yaml` for Codex CLI", emit=codex.emit),
    Target(name="cursor", summary="`.cursor/rules/*.mdc`", emit=cursor.emit),
    Target(name="copilot", summary="`.github/copilot-instructions.md` and instructions for files", emit=copilot.emit),
)
