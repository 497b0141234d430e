"""Releases: versions, changes between two versions of a codex, and the record of past releases."""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import IntEnum, StrEnum
from functools import total_ordering
from typing import Annotated, Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.contract import REQUIRED, Constraint, Day, Positive, Release, Sha256, Text
from skills_build.model.standard import LevelWord

RECORD: Final = "codex.releases.json"
"""The file next to the standards that records their releases."""
UNRELEASED: Final = "0.0.0"
"""The version of a codex before its first release."""
_VERSION: Final = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\+([0-9A-Za-z.-]+))?")


class Bump(IntEnum):
    """The version bump that a change requires (semver.org 2.0.0), in ascending order. ERROR: allowed in no version."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3
    ERROR = 4

    @property
    def word(self) -> str:
        """The name in lower case, as reports and files write it."""
        return self.name.lower()


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version `major.minor.patch` (semver.org 2.0.0); codexes have no pre-releases."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read `1.2.3`; build metadata after a `+` is ignored. Raises `CodexError` for anything else."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise CodexError(f"`{text}` is not a version", hint="write the version as major.minor.patch, such as 1.4.0")
        return cls(int(match[1]), int(match[2]), int(match[3]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def __lt__(self, other: "Version") -> bool:
        return (self.major, self.minor, self.patch) < (other.major, other.minor, other.patch)

    def bumped(self, bump: Bump) -> "Version":
        """Return the smallest version that a change of that size allows; below 1.0.0 a major change bumps the minor."""
        if bump is Bump.MAJOR and self.major > 0:
            return Version(self.major + 1, 0, 0)
        if bump in (Bump.MAJOR, Bump.MINOR):
            return Version(self.major, self.minor + 1, 0)
        if bump is Bump.PATCH:
            return Version(self.major, self.minor, self.patch + 1)
        return self


class ChangeKind(StrEnum):
    """The kind of a change between two versions."""

    VANISHED = "vanished"
    REUSED = "reused"
    ADDED = "added"
    WITHDRAWN = "withdrawn"
    FLIPPED = "flipped"
    TIGHTENED = "tightened"
    LOOSENED = "loosened"
    PROMOTED = "promoted"
    DEMOTED = "demoted"
    DEPRECATED = "deprecated"
    SCHEDULED = "scheduled"
    WIDENED = "scope-widened"
    NARROWED = "scope-narrowed"
    REWORDED = "reworded"
    EDITORIAL = "editorial"
    AUDIENCE = "audience"
    DECIDED = "decided-by"
    SELECTED = "selected-by"
    MAPPED = "mapped"
    ORIGIN = "origin"
    EDITED = "edited"
    CHECK_CHANGED = "check-changed"
    CHECK_REMOVED = "check-removed"
    CHECK_ADDED = "check-added"
    MOVED = "moved"
    SKILL_REMOVED = "skill-removed"
    SKILL_RENAMED = "skill-renamed"
    SKILL_ADDED = "skill-added"
    TRIGGER = "skill-trigger"
    SKILL_EDITED = "skill-edited"
    PROFILE_REMOVED = "profile-removed"
    PROFILE_ADDED = "profile-added"
    TARGET_REMOVED = "target-removed"
    TARGET_ADDED = "target-added"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """One change. `subject` is the id of a rule or the name of a skill, profile or target; `why` explains the bump.

    `old` and `new` are for comparison: sentences, scopes, names. `level` and `status` are the rule's new ones, or its
    last ones if it is gone. `source` and `line` are its place in the standards, if it still has one.
    """

    kind: ChangeKind
    """What kind of change."""
    bump: Annotated[Bump, Constraint(choices=("patch", "minor", "major", "error"))]
    """The version bump it requires; an error is allowed in no version."""
    subject: str
    """The id of a rule, or the name of a skill, profile or target."""
    why: str
    """The reason for the bump."""
    old: str | None = None
    """The old value."""
    new: str | None = None
    """The new value."""
    skill: str | None = None
    """The skill that contains the rule."""
    level: LevelWord | None = None
    """The rule's level."""
    status: str | None = None
    """The rule's status."""
    source: str | None = None
    """The standard's file."""
    line: Positive | None = None
    """The line of that file, from 1."""
    on: Day | None = None
    """The first day on which it applies, if that is not the day of the release."""
    use_instead: str | None = None
    """The replacement of a withdrawn rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Information for reviewers that requires no version bump: an attestation without effect."""

    subject: str
    message: str
    source: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All changes from one version to another, largest bump first, and the bump that they require."""

    old: str
    new: str
    bump: Bump
    changes: tuple[RuleChange, ...] = ()
    notices: tuple[Notice, ...] = ()
    skills: tuple[str, ...] = ()
    """The skills that were changed, added or removed."""

    @property
    def errors(self) -> tuple[RuleChange, ...]:
        """The changes that no version may contain."""
        return tuple(change for change in self.changes if change.bump is Bump.ERROR)

    @property
    def breaking(self) -> tuple[RuleChange, ...]:
        """The changes that require a major version, errors included."""
        return tuple(change for change in self.changes if change.bump >= Bump.MAJOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedSkill:
    """A released skill: the version in which it last changed, and the digest of its folder."""

    version: Release
    """The version in which it last changed."""
    tree: Sha256
    """Digest of its folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """A past release: its version, its day, and its changes."""

    version: Release
    """Its version."""
    as_of: Day
    """The day on which dated statuses were evaluated."""
    bump: Annotated[str, Constraint(choices=("patch", "minor", "major", "initial"))]
    """The bump that its changes required."""
    changes: Annotated[tuple[RuleChange, ...], REQUIRED] = ()
    """Its changes, largest bump first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesFile:
    """changes.json."""

    codex: Text
    """The codex's namespace."""
    releases: tuple[ReleaseEntry, ...]
    """The releases, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesFile:
    """codex.releases.json."""

    commit: Annotated[str, Constraint(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")] | None
    """The commit of the standards in the last release, if they are in git."""
    tree: Sha256
    """Digest of all files that the last release wrote."""
    skills: Mapping[str, ReleasedSkill]
    """The skills of the last release, by name."""
    releases: Annotated[tuple[ReleaseEntry, ...], Constraint(min_items=1)]
    """All releases, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The last release, as recorded in `codex.releases.json`; a build takes the versions of unchanged skills from it.

    `tree` is the digest of all files, `commit` the commit of the standards, if they are in git.
    """

    version: str
    as_of: str
    tree: str
    commit: str | None = None
    skills: Mapping[str, ReleasedSkill] = field(default_factory=dict)
    history: tuple[ReleaseEntry, ...] = ()

    def after(self) -> str:
        """Return the version of unreleased changes: `1.2.0+unreleased`."""
        return UNRELEASED if self.version == UNRELEASED else f"{self.version}+unreleased"
