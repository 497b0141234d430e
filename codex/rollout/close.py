"""Closes the open merge requests of a fleet."""

from collections.abc import Iterator, Sequence

from codex.forge.base import Forge, RepositoryHead
from codex.rollout.batch import batches, read_heads
from codex.shell.isolation import isolated
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.sync.seal import other_codex, sealed
from skills_build import inert
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseResult:
    """The result for the merge request of one repository; `reason` is the reason for a failure."""

    path: str
    done: str
    url: str = ""
    reason: str = ""


def close_requests(
    forge: Forge, policy: Policy, targets: Sequence[Repository], reason: str, *, dry: bool
) -> Iterator[CloseResult]:
    """Close the open merge requests of codexc; yields each, and each repository that could not be read or written."""
    for batch in batches(targets, forge.batch):
        for head in read_heads(forge, batch, policy.branch):
            if not isinstance(head, RepositoryHead):
                yield CloseResult(path=head[0].path, done=FAILED, reason=head[1].summary)
            elif head.request is not None:
                yield _closed(forge, policy, head, reason, dry=dry)


def _closed(forge: Forge, policy: Policy, head: RepositoryHead, reason: str, *, dry: bool) -> CloseResult:
    path, url = head.target.path, head.request.url if head.request else ""
    action = isolated(path, lambda: _close(forge, policy, head, reason, dry=dry))
    if isinstance(action, CodexError):
        return CloseResult(path=path, url=url, done=FAILED, reason=action.summary)
    return CloseResult(path=path, url=url, done=action)


def _close(forge: Forge, policy: Policy, head: RepositoryHead, reason: str, *, dry: bool) -> str:
    """Close our merge request and delete its branch, unless others have changed it; return what was done in words."""
    if head.request is None or head.tip is None or not sealed(head.tip):
        return "left alone"
    if other_codex(head.tip, head.request.body, policy.source):
        return "left alone"
    if dry:
        return "would close"
    forge.comment(head.target, head.request, inert.page(reason))
    forge.close_request(head.target, head.request)
    forge.delete_branch(head.target, policy.branch, expected=head.tip.commit)
    return "closed"
