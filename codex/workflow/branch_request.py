"""One merge request from a branch of codexc in the codex's own repository: opened, updated, or found up to date.

The branch is rewritten if its content differs. Commits by others on it are never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from codex.forge.base import FileWrite, RepositoryHead
from codex.sync.lock import blob_id, git_mode
from codex.sync.observed import TreeEntry
from codex.sync.request_text import RequestText
from codex.workflow.own_repository import OwnRepository
from codex.workflow.release import RefusedError
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

OPENED: Final = "opened"
UPDATED: Final = "updated"
CURRENT: Final = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRequest:
    """What a merge request proposes. `trailer` marks the commits of codexc on the branch; it ends the message."""

    branch: str
    text: RequestText
    writes: Sequence[FileWrite]
    trailer: str
    value: str


def head_of(own: OwnRepository, branch: str) -> RepositoryHead:
    """Return the default branch of the repository, and the state of a branch of codexc.

    Raises `CodexError` if the repository is empty or cannot be read.
    """
    (found,) = own.forge.heads([own.target], branch)
    if not isinstance(found, RepositoryHead):
        raise found[1]
    if found.base is None:
        raise CodexError(f"`{own.target.path}` is empty", hint="push the default branch first")
    return found


def refuse_foreign(head: RepositoryHead, branch: str, trailer: str) -> None:
    """Raise `RefusedError` if others have committed to the branch."""
    if head.tip is not None and not (head.tip.on_base and trailer in head.tip.message):
        hint = "move the commits to another branch and delete this branch, then run the pipeline again"
        raise RefusedError(f"`{branch}` has commits not made by codexc", hint=hint)


def keep_request(own: OwnRepository, head: RepositoryHead, wanted: BranchRequest) -> tuple[str, str]:
    """Bring branch and merge request up to date; return the address of the request, and what was done."""
    assert head.base is not None
    text = wanted.text
    entries = {write.path: _entry(write) for write in wanted.writes}
    current = head.tip is not None and head.tip.parent == head.base and dict(head.tip.changed) == entries
    if not current:
        message = f"{text.title}\n\n{wanted.trailer}{wanted.value}"
        expected = head.tip.commit if head.tip else None
        own.forge.commit(head.target, wanted.branch, head.base, wanted.writes, message, expected=expected)
    if head.request is None:
        return own.forge.open_request(head.target, wanted.branch, text, draft=False).url, OPENED
    if (head.request.title, head.request.body.strip()) != (text.title, text.body.strip()):
        own.forge.update_request(head.target, head.request, text)
        current = False
    return head.request.url, CURRENT if current else UPDATED


def _entry(write: FileWrite) -> TreeEntry | None:
    if write.data is None:
        return None
    return TreeEntry(blob=blob_id(write.data), mode=git_mode(write.mode))
