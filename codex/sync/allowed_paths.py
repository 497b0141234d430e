"""Which paths of a repository codexc may write or delete: below its targets' folders, its blocks' hosts, and its lock.

The same for a working tree and for a commit on a forge, whatever a bundle, a lock or settings name. Looks at names
alone; whether something at a path is a link is up to whoever looks there.
"""

from typing import Final

from skills_build.emit.registry import HOSTS, owned_fault
from skills_build.model.paths import path_fault

AGENTS: Final = "AGENTS.md"
LOCK: Final = ".engineering-codex.lock"


def host_fault(path: str) -> str | None:
    """Why no file at a path can have a block of codexc; None where it can."""
    wrong = path_fault(path)
    if wrong or path in HOSTS or path.rpartition("/")[2] == AGENTS:
        return wrong
    return "codexc has no block there"


def write_fault(path: str) -> str | None:
    """Why a path may not be written or deleted; None where it may."""
    return None if path == LOCK or host_fault(path) is None else owned_fault(path)
