"""What an organisation wants of its syncs: the `sync` section of codex.yaml, with its defaults."""

from dataclasses import dataclass
from enum import StrEnum


class Drift(StrEnum):
    """What is done about our text that somebody changed on the default branch."""

    PROPOSE = "propose"
    LEAVE = "leave"


class Touched(StrEnum):
    """What is done about our branch once somebody else worked on it."""

    LEAVE = "leave"
    APPEND = "append"
    """Commit on top of their work, where they left alone what is ours."""
    TAKEOVER = "takeover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How merge requests are made. Labels are names; `hold` and `retry` are set by people."""

    branch: str = "codex/sync"
    labels: tuple[str, ...] = ("codex",)
    hold: str = "codex-hold"
    retry: str = "codex-retry"
    takeover: str = "codex-takeover"
    drift: Drift = Drift.PROPOSE
    touched: Touched = Touched.LEAVE
    rebase: bool = False
    """Rewrite a request whenever its base has moved, although it can be merged as it is."""
    reviewers: bool = True
    """Ask the owners to review: the catalog's, and those whom CODEOWNERS names for AGENTS.md."""
    assignee: str = ""
    """Who is put in charge of a new request; empty is nobody."""
    draft: bool = False
    auto_merge: bool = False
    """Let the forge merge a request as soon as its rules allow that, where they require a person's approval."""
    without_approval: bool = False
    """Ask for that also where the forge requires nobody's approval."""
    source: str = "codexc"
    """What commits name as their source: the address of the codex, or its namespace."""
