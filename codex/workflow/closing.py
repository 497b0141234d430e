"""Closes the open requests of a fleet."""

from collections.abc import Iterator, Sequence

from codex.forge.port import Forge, Head
from codex.sync.fleet import Target
from codex.sync.policy import Policy
from codex.sync.seal import sealed


def close(
    forge: Forge, policy: Policy, targets: Sequence[Target], reason: str, *, dry: bool
) -> Iterator[tuple[str, str, str]]:
    """Close our open requests; yields repository, address and what was done."""
    for found in forge.heads(targets, policy.branch):
        if not isinstance(found, Head) or found.request is None:
            continue
        ours = found.tip is not None and sealed(found.tip)
        if not ours:
            yield found.target.path, found.request.url, "left alone"
            continue
        if not dry and found.tip is not None:
            forge.annotate(found.target, found.request, reason)
            forge.withdraw(found.target, found.request)
            forge.delete_branch(found.target, policy.branch, expected=found.tip.commit)
        yield found.target.path, found.request.url, "would close" if dry else "closed"
