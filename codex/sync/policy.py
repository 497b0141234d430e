"""The settings of a sync: the `sync` section of codex.yaml, with its defaults."""

from enum import StrEnum

from skills_build.frozen import dataclass


class Drift(StrEnum):
    """How to handle managed content that was edited on the default branch."""

    PROPOSE = "propose"
    LEAVE = "leave"


class Touched(StrEnum):
    """How to handle the sync branch once it has commits by others."""

    LEAVE = "leave"
    APPEND = "append"
    """Commit on top of them, if they did not change managed content."""
    TAKEOVER = "takeover"


class Forking(StrEnum):
    """Which repositories get their merge request from a fork."""

    NEVER = "never"
    WHEN_NEEDED = "when-needed"
    """Those that the token cannot push to."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forks:
    """Which repositories are served from a fork, and where the forks are."""

    when: Forking = Forking.NEVER
    owner: str = ""
    """The organisation or group that owns them; empty for the account of the token."""
    name: str = "{name}"
    """Their names; `{owner}` and `{name}` stand for those of the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How merge requests are made. `hold`, `retry` and `takeover` are labels that people set."""

    branch: str = "codex/sync"
    labels: tuple[str, ...] = ("codex",)
    hold: str = "codex-hold"
    retry: str = "codex-retry"
    takeover: str = "codex-takeover"
    drift: Drift = Drift.PROPOSE
    touched: Touched = Touched.LEAVE
    rebase: bool = False
    """Rewrite a merge request whenever its base has moved, even if it can be merged as it is."""
    reviewers: bool = True
    """Request reviews from the owners: the catalog's, and those of AGENTS.md in CODEOWNERS."""
    assignee: str = ""
    """The assignee of a new merge request; empty for none."""
    draft: bool = False
    auto_merge: bool = False
    """Enable auto-merge where the forge requires the approval of a person."""
    without_approval: bool = False
    """Enable auto-merge even where the forge requires no approval."""
    title: str = "{title}"
    """The title of merge requests and commits; `{title}` stands for the generated one."""
    trailers: tuple[str, ...] = ()
    """Trailers of commits, such as `Signed-off-by: Codex <codex@example.com>`."""
    forks: Forks = Forks()
    """Which merge requests come from a fork."""
    source: str = "codexc"
    """The source that commits name: the address of the codex, or its namespace."""
