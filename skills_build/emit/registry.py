"""Every output target, one row each: the only place that knows their names.

`codex.yaml` chooses by name. A new target is a file, a row, its templates and `make schemas`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from skills_build.emit.edition import Edition
from skills_build.emit.targets import agents, claude, codex, copilot, cursor
from skills_build.model.bundle import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A family of clients: what it is called in `codex.yaml`, and what is written for it below `targets/<name>`.

    `needs` are the targets whose files its own point to or add to. `shared` are paths below `targets/<name>` that
    people write in too: in a repository we own a block in such a file, not the file.
    """

    name: str
    summary: str
    emit: Callable[[Edition], Iterator[Artifact]]
    needs: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


TARGETS: Final[tuple[Target, ...]] = (
    Target(name="agents", summary="`.agents/skills`, which most clients read", emit=agents.emit),
    Target(
        name="claude",
        summary="`.claude/skills` and a CLAUDE.md that imports AGENTS.md",
        emit=claude.emit,
        shared=("CLAUDE.md",),
    ),
    Target(
        name="codex",
        summary="sidecars `agents/openai.yaml` for Codex CLI",
        emit=codex.emit,
        needs=("agents",),
    ),
    Target(name="cursor", summary="`.cursor/rules/*.mdc`", emit=cursor.emit, needs=("agents",)),
    Target(
        name="copilot",
        summary="`.github/copilot-instructions.md` and instructions for files",
        emit=copilot.emit,
        needs=("agents",),
        shared=(".github/copilot-instructions.md",),
    ),
)

BY_NAME: Final = {target.name: target for target in TARGETS}


def with_needed(targets: Sequence[str]) -> tuple[str, ...]:
    """Add the targets that these need, first where they were not named. Names without a row are kept as they are."""
    needed = (need for name in targets if name in BY_NAME for need in BY_NAME[name].needs)
    return tuple(dict.fromkeys((*(need for need in needed if need not in targets), *targets)))
