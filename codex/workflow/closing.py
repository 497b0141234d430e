"""Closes the open requests of a fleet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codex.forge.port import Forge, Head
from codex.shell.isolation import isolated
from codex.sync.fleet import Target
from codex.sync.policy import Policy
from codex.sync.seal import sealed
from codex.workflow.sync import batches, heads_of
from skills_build import inert
from skills_build.errors import CodexError

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What was done about the request of one repository; `reason` says why it failed."""

    path: str
    done: str
    url: str = ""
    reason: str = ""


def close(forge: Forge, policy: Policy, targets: Sequence[Target], reason: str, *, dry: bool) -> Iterator[Closing]:
    """Close our open requests; yields what was done, and which repositories could not be looked at or written."""
    for batch in batches(targets, forge.batch):
        for found in heads_of(forge, batch, policy.branch):
            if not isinstance(found, Head):
                yield Closing(path=found[0].path, done=FAILED, reason=found[1].told)
            elif found.request is not None:
                yield _closed(forge, policy, found, reason, dry=dry)


def _closed(forge: Forge, policy: Policy, head: Head, reason: str, *, dry: bool) -> Closing:
    path, url = head.target.path, head.request.url if head.request else ""
    done = isolated(path, lambda: _done(forge, policy, head, reason, dry=dry))
    if isinstance(done, CodexError):
        return Closing(path=path, url=url, done=FAILED, reason=done.told)
    return Closing(path=path, url=url, done=done)


def _done(forge: Forge, policy: Policy, head: Head, reason: str, *, dry: bool) -> str:
    if head.request is None or head.tip is None or not sealed(head.tip):
        return "left alone"
    if dry:
        return "would close"
    forge.annotate(head.target, head.request, inert.page(reason))
    forge.withdraw(head.target, head.request)
    forge.delete_branch(head.target, policy.branch, expected=head.tip.commit)
    return "closed"
