"""What releases are made of: versions, changes between two editions of a codex, and the record of what was released."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import total_ordering
from typing import Annotated, Final

from skills_build.errors import CodexError
from skills_build.model.contract import REQUIRED, Constraint, Day, Positive, Release, Sha256, Text
from skills_build.model.standard import LevelWord

RECORD: Final = "codex.releases.json"
"""The file beside the standards that remembers their releases."""
UNRELEASED: Final = "0.0.0"
"""The version of a codex before its first release."""
_VERSION: Final = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\+([0-9A-Za-z.-]+))?")


class Bump(IntEnum):
    """How far a version has to move (semver.org 2.0.0), the larger the further. ERROR: no version may hold this."""

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
        """Read `1.2.3`; what follows a `+` (build metadata) does not count. Raises `CodexError` for anything else."""
        found = _VERSION.fullmatch(text)
        if found is None:
            raise CodexError(f"`{text}` is not a version", hint="write it as major.minor.patch, such as 1.4.0")
        return cls(int(found[1]), int(found[2]), int(found[3]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def __lt__(self, other: "Version") -> bool:
        return (self.major, self.minor, self.patch) < (other.major, other.minor, other.patch)

    def bumped(self, bump: Bump) -> "Version":
        """The least version after this one that a change of that size allows; below 1.0.0 a major moves the minor."""
        if bump is Bump.MAJOR and self.major > 0:
            return Version(self.major + 1, 0, 0)
        if bump in (Bump.MAJOR, Bump.MINOR):
            return Version(self.major, self.minor + 1, 0)
        if bump is Bump.PATCH:
            return Version(self.major, self.minor, self.patch + 1)
        return self


class ChangeKind(StrEnum):
    """What kind of change something underwent between two editions."""

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
    EDITED = "edited"
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

    `old` and `new` are what a reader compares: sentences, scopes, names. `level` and `status` are the rule's new ones
    (its last ones, where it is gone). `source` and `line` say where in the standards it stands, if it still does.
    """

    kind: ChangeKind
    """What kind of change."""
    bump: Annotated[Bump, Constraint(choices=("patch", "minor", "major", "error"))]
    """How far it moves the version; an error is allowed in none."""
    subject: str
    """The id of a rule, or the name of a skill, profile or target."""
    why: str
    """Why it counts so."""
    old: str | None = None
    """What it was."""
    new: str | None = None
    """What it is."""
    skill: str | None = None
    """The skill that holds the rule."""
    level: LevelWord | None = None
    """The rule's level."""
    status: str | None = None
    """The rule's status."""
    source: str | None = None
    """The standard's file."""
    line: Positive | None = None
    """The line of that file, from 1."""
    on: Day | None = None
    """The day from which it counts, where that is not the day of the release."""
    use_instead: str | None = None
    """What replaces a withdrawn rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a reviewer should know and that moves no version: an attestation that does not count."""

    subject: str
    message: str
    source: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All changes from one edition to another, most weighty first, and what they demand of the next version."""

    old: str
    new: str
    bump: Bump
    changes: tuple[RuleChange, ...] = ()
    notices: tuple[Notice, ...] = ()
    skills: tuple[str, ...] = ()
    """The skills whose files differ, come or go."""

    @property
    def errors(self) -> tuple[RuleChange, ...]:
        """What no version may hold."""
        return tuple(change for change in self.changes if change.bump is Bump.ERROR)

    @property
    def breaking(self) -> tuple[RuleChange, ...]:
        """What needs a major version, errors included."""
        return tuple(change for change in self.changes if change.bump >= Bump.MAJOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedSkill:
    """One skill as it was released: the version in which it last changed, and the digest of its folder."""

    version: Release
    """The version in which it last changed."""
    tree: Sha256
    """Digest of its folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """One release of the past: its version, the day it was made for, and what changed."""

    version: Release
    """Its version."""
    as_of: Day
    """The day for which dated statuses were read."""
    bump: Annotated[str, Constraint(choices=("patch", "minor", "major", "initial"))]
    """What its changes demanded."""
    changes: Annotated[tuple[RuleChange, ...], REQUIRED] = ()
    """What changed, most weighty first."""


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
    """The commit whose standards the last release compiled, if they are kept in git."""
    tree: Sha256
    """Digest of all that the last release wrote."""
    skills: Mapping[str, ReleasedSkill]
    """The skills of the last release, by name."""
    releases: Annotated[tuple[ReleaseEntry, ...], Constraint(min_items=1)]
    """All releases, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The last release, as `codex.release.json` records it; what a build numbers its skills by.

    `tree` is the digest of all that was written, `commit` the commit whose standards were compiled, where there is one.
    """

    version: str
    as_of: str
    tree: str
    commit: str | None = None
    skills: Mapping[str, ReleasedSkill] = field(default_factory=dict)
    history: tuple[ReleaseEntry, ...] = ()

    def after(self) -> str:
        """The version of what has changed since and is not released: `1.2.0+unreleased`."""
        return UNRELEASED if self.version == UNRELEASED else f"{self.version}+unreleased"
