"""Every output target, one row each: the only place that knows their names.

`codex.yaml` chooses by name. A new target is a file, a row, its templates and `make schemas`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from skills_build.emit.context import EmitContext
from skills_build.emit.targets import agents, claude, codex, copilot, cursor
from skills_build.model.bundle import Artifact
from skills_build.model.paths import path_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTarget:
    """A family of clients: what it is called in `codex.yaml`, and what is written for it below `targets/<name>`.

    `needs` are the targets whose files its own point to or add to. `roots` are the folders of a repository in which it
    owns files, each with a slash at its end; `hosts` are files of the repository's own in which it has a block.
    """

    name: str
    summary: str
    emit: Callable[[EmitContext], Iterator[Artifact]]
    roots: tuple[str, ...]
    needs: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


TARGETS: Final[tuple[OutputTarget, ...]] = (
    OutputTarget(
        name="agents", summary="`.agents/skills`, which most clients read", emit=agents.emit, roots=agents.ROOTS
    ),
    OutputTarget(
        name="claude",
        summary="`.claude/skills` and a CLAUDE.md that imports AGENTS.md",
        emit=claude.emit,
        roots=claude.ROOTS,
        hosts=claude.HOSTS,
    ),
    OutputTarget(
        name="codex",
        summary="sidecars `agents/openai.yaml` for Codex CLI",
        emit=codex.emit,
        needs=("agents",),
        roots=codex.ROOTS,
    ),
    OutputTarget(
        name="cursor", summary="`.cursor/rules/*.mdc`", emit=cursor.emit, needs=("agents",), roots=cursor.ROOTS
    ),
    OutputTarget(
        name="copilot",
        summary="`.github/copilot-instructions.md` and instructions for files",
        emit=copilot.emit,
        needs=("agents",),
        roots=copilot.ROOTS,
        hosts=copilot.HOSTS,
    ),
)

BY_NAME: Final = {target.name: target for target in TARGETS}


def with_needed(targets: Sequence[str]) -> tuple[str, ...]:
    """Add the targets that these need, first where they were not named. Names without a row are kept as they are."""
    needed = (need for name in targets if name in BY_NAME for need in BY_NAME[name].needs)
    return tuple(dict.fromkeys((*(need for need in needed if need not in targets), *targets)))


ROOTS: Final = tuple(sorted({root for target in TARGETS for root in target.roots}))
"""Every folder of a repository in which codexc owns files: below them a bundle may create and a lock may delete."""
HOSTS: Final = frozenset(host for target in TARGETS for host in target.hosts)
"""Files of single clients that people write in too: we own a block in them, not the file."""


def owned_fault(path: str) -> str | None:
    """Why no file at a path of a repository can be codexc's as a whole; None where it can."""
    wrong = path_fault(path)
    if wrong or path.startswith(ROOTS):
        return wrong
    return "codexc owns no file there"


def bundle_fault(path: str) -> str | None:
    """Why a path may not be in a bundle; None where it may. What is for a target belongs where that target writes."""
    wrong = path_fault(path)
    if wrong or not path.startswith("targets/"):
        return wrong
    _, name, *rest = path.split("/", 2)
    target = next((one for one in TARGETS if one.name == name), None)
    if target is None:
        return f"it is for a target `{name}` that this version of codexc does not support"
    goal = "".join(rest)
    return None if goal in target.hosts or goal.startswith(target.roots) else f"the target `{name}` writes no `{goal}`"
