"""Closes the open requests of a fleet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codex.forge.base import Forge, RepositoryHead
from codex.rollout.batch import batches, heads_of
from codex.shell.isolation import isolated
from codex.sync.observed import Target
from codex.sync.policy import Policy
from codex.sync.seal import sealed
from skills_build import inert
from skills_build.errors import CodexError

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseResult:
    """What was done about the request of one repository; `reason` says why it failed."""

    path: str
    done: str
    url: str = ""
    reason: str = ""


def close_requests(
    forge: Forge, policy: Policy, targets: Sequence[Target], reason: str, *, dry: bool
) -> Iterator[CloseResult]:
    """Close our open requests; yields what was done, and which repositories could not be looked at or written."""
    for batch in batches(targets, forge.batch):
        for found in heads_of(forge, batch, policy.branch):
            if not isinstance(found, RepositoryHead):
                yield CloseResult(path=found[0].path, done=FAILED, reason=found[1].summary)
            elif found.request is not None:
                yield _closed(forge, policy, found, reason, dry=dry)


def _closed(forge: Forge, policy: Policy, head: RepositoryHead, reason: str, *, dry: bool) -> CloseResult:
    path, url = head.target.path, head.request.url if head.request else ""
    done = isolated(path, lambda: _done(forge, policy, head, reason, dry=dry))
    if isinstance(done, CodexError):
        return CloseResult(path=path, url=url, done=FAILED, reason=done.summary)
    return CloseResult(path=path, url=url, done=done)


def _done(forge: Forge, policy: Policy, head: RepositoryHead, reason: str, *, dry: bool) -> str:
    if head.request is None or head.tip is None or not sealed(head.tip):
        return "left alone"
    if dry:
        return "would close"
    forge.comment(head.target, head.request, inert.page(reason))
    forge.close_request(head.target, head.request)
    forge.delete_branch(head.target, policy.branch, expected=head.tip.commit)
    return "closed"
