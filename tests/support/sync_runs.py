"""One repository that is synced again and again."""

from collections.abc import Mapping
from typing import Any

from codex.sync.outcome import Outcome
from tests.support.fleet import People, codex_of, git, state, sync

REPO = "shop/payments"
NEWER = codex_of("2.0.0", "\nA newer word.\n")


def decided(results: Mapping[str, Any], path: str = REPO) -> tuple[Outcome, int]:
    decision = results[path].decision
    return decision.outcome, decision.row


def settled(people: People, outcome: Outcome, **more: Any) -> None:
    """Another run says this of the repository, and nothing is written."""
    before = state(people)
    assert decided(sync(people, **more))[0] is outcome
    assert state(people) == before


def make_main(people: People, other: str) -> None:
    """Commit the tree of another commit to `main`, as a squash or a revert does."""
    bare, who = people.root / f"{REPO}.git", ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    commit = git(bare, *who, "commit-tree", f"{other}^{{tree}}", "-p", "main", "-m", "Squash, or revert")
    git(bare, "update-ref", "refs/heads/main", commit)
