"""The paths of a repository that codexc may write or delete: in its targets' folders, files with a block, and the lock.

The same for a working tree and for a commit on a forge, whatever a bundle, a lock or settings name. Only names are
checked; whether a path is a link is checked by the code that reads it.
"""

from typing import Final

from skills_build.emit.registry import HOSTS, LISTS, owned_fault
from skills_build.model.paths import path_fault

AGENTS: Final = "AGENTS.md"
CLAUDE_MD: Final = "CLAUDE.md"
LOCK: Final = ".engineering-codex.lock"


def host_fault(path: str) -> str | None:
    """Return why the file at a path cannot have a block; None if it can."""
    wrong = path_fault(path)
    if wrong or path in HOSTS or path.rpartition("/")[2] == AGENTS:
        return wrong
    return "codexc never writes a block to this file"


def write_fault(path: str) -> str | None:
    """Return why a path may not be written or deleted; None if it may."""
    return None if path == LOCK or path in LISTS or host_fault(path) is None else owned_fault(path)


def list_fault(path: str) -> str | None:
    """Return why codexc cannot own items of a list in the file at a path; None if it can."""
    return None if path in LISTS else "codexc never manages list items in this file"
