"""Checks of a rule: what an author writes in a `check` block, and the rows of statements.json.

The types are the source of `check.schema.json`. Keys with a dash are fields with an underscore.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from skills_build.frozen import dataclass
from skills_build.model.contract import DASHED, Constraint, Sha256, Text, Words


class CheckKind(StrEnum):
    """The kinds of checks, as named in a `check` block."""

    LINTER = "linter"
    AST_GREP = "ast-grep"
    REGEX = "regex"
    FILE = "file"
    CONFIG = "config"
    FORGE = "forge"
    COMMIT = "commit"
    DIFF = "diff"
    JUDGEMENT = "judgement"


class Rollout(StrEnum):
    """The effect of a violation in a change: it is only counted, it is a comment, or it blocks."""

    MONITOR = "monitor"
    COMMENT = "comment"
    BLOCK = "block"


RolloutWord: TypeAlias = Annotated[
    str, Constraint(pattern=r"^(monitor|comment|block)( from [0-9]{4}-[0-9]{2}-[0-9]{2})?$")
]
Dotted: TypeAlias = Annotated[str, Constraint(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]
Pattern: TypeAlias = Annotated[str, Constraint(min_length=1, max_length=2000)]
TestsWord: TypeAlias = Annotated[str, Constraint(choices=("tests",))]
Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AstGrepCheck:
    """A pattern of syntax that must not occur."""

    language: Text
    """The language in which the rule is parsed, as ast-grep names it."""
    rule: Mapping[str, object]
    """A rule object of ast-grep: `pattern`, `kind`, `regex`, `inside`, `has`, `all`, `any`, `not` and others."""
    constraints: Mapping[str, object] | None = None
    """Limits of the rule's metavariables, by their names."""
    not_inside: Annotated[TestsWord | None, DASHED] = None
    """`tests`: a match inside test code does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexCheck:
    """Text that must not occur, as regular expressions of RE2."""

    match: Pattern
    """The text; `^` and `$` are the start and end of a line."""
    unless: Pattern | None = None
    """A match is ignored if its lines also match this."""
    within: Pattern | None = None
    """Only matches inside a match of this pattern count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """Files that a repository must have, or must not have."""

    exists: Words | None = None
    """Globs, one of which must match a file; with `files`, next to each of those files or in a folder above it."""
    absent: Words | None = None
    """Globs that no file may match."""
    name: Pattern | None = None
    """A pattern that the full name of each file in `files` must match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCheck:
    """Conditions for a value."""

    equals: Scalar | None = None
    """The value."""
    one_of: Annotated[tuple[Scalar, ...] | None, DASHED] = None
    """All values that are allowed."""
    contains: Scalar | tuple[Scalar, ...] | None = None
    """What the value must contain: an element of a list, a key of a mapping, or part of a text."""
    matches: Pattern | None = None
    """A pattern that the value must match."""
    at_least: Annotated[int | float | None, DASHED] = None
    """The smallest value."""
    at_most: Annotated[int | float | None, DASHED] = None
    """The largest value."""
    exists: bool | None = None
    """Whether a value must exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigCheck(ValueCheck):
    """A value that a configuration file must have: TOML, JSON, YAML or INI."""

    file: Text
    """A glob of the files."""
    at: Dotted
    """The dotted key of the value; `*` stands for every key or element."""


FORGE_SETTINGS: Final = (
    "visibility",
    "default_branch.name",
    "default_branch.protected",
    "default_branch.required_approvals",
    "default_branch.required_checks",
    "default_branch.force_push",
    "default_branch.code_owners",
)
"""The settings that are read, as far as a forge has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeCheck(ValueCheck):
    """A setting that a repository must have on its forge."""

    setting: Dotted
    """The dotted key of the setting, such as `default_branch.protected`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitCheck:
    """The message of each commit."""

    message: Pattern | None = None
    """A pattern that the message must match."""
    trailer: Annotated[str, Constraint(pattern="^[A-Za-z0-9-]+$")] | None = None
    """A trailer that the message must have."""
    without: Pattern | None = None
    """A pattern that the message must not match."""
    when: Pattern | None = None
    """Only messages that match this are checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffCheck:
    """A property of a whole change. `files` selects the changed files that it concerns."""

    with_: Words | None = None
    """Globs, one of which must also match a file of the change."""
    without: Words | None = None
    """Globs that no other file of the change may match."""
    fewer: Pattern | None = None
    """Text of which the change must not remove more than it adds."""
    unchanged: bool | None = None
    """`true`: the files may be added, but not changed or removed."""
    lines: Annotated[int, Constraint(minimum=1)] | None = None
    """Maximum number of lines that may be added and removed."""
    when: Pattern | None = None
    """Only changes with a commit message that matches this are checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A `check` block: exactly one kind, and keys that all kinds share."""

    linter: Annotated[str, Constraint(pattern="^[a-z0-9][a-z0-9-]*$")] | None = None
    """A linter whose findings are read; it is not run."""
    rules: Annotated[Words, Constraint(min_items=1)] | None = None
    """The linter's rules that find a violation."""
    ast_grep: Annotated[AstGrepCheck | None, DASHED] = None
    """A pattern of syntax that must not occur."""
    regex: RegexCheck | None = None
    """Text that must not occur."""
    file: FileCheck | None = None
    """Files that must exist, or must not exist."""
    config: ConfigCheck | None = None
    """A value in a configuration file."""
    forge: ForgeCheck | None = None
    """A setting on the forge."""
    commit: CommitCheck | None = None
    """The message of each commit."""
    diff: DiffCheck | None = None
    """A property of a whole change."""
    judgement: bool | Text | None = None
    """`true`, or the question that a reviewer answers: no program decides."""
    files: Words | None = None
    """Globs of the files that are checked; without them, the files that the rule applies to."""
    ignore: Words | None = None
    """Globs of files that are not checked."""
    message: Text | None = None
    """The message of a finding, instead of the rule's sentence."""
    rollout: RolloutWord | None = None
    """`monitor`, `comment` (the default) or `block`, optionally `from` a day."""

    @property
    def kind(self) -> CheckKind:
        """The kind whose key is given."""
        return next(kind for kind, field in _FIELDS if getattr(self, field) is not None)


def field_name(key: str) -> str:
    """Return the field of a key in a `check` block."""
    return "with_" if key == "with" else key.replace("-", "_")


_FIELDS: Final = tuple((kind, field_name(kind)) for kind in CheckKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow(CheckSpec):
    """A check of a rule in statements.json."""

    kind_: Annotated[str, Constraint(choices=tuple(CheckKind))]
    """The kind of the check."""
    digest: Sha256
    """SHA-256 of everything that determines what it finds: it changes when the check changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A valid check. `id` is that of its rule, `number` its place among the checks of the rule, from 1."""

    id: str
    number: int
    spec: CheckSpec
    digest: str

    def __hash__(self) -> int:
        return hash((self.id, self.number, self.digest))

    @property
    def kind(self) -> CheckKind:
        """The kind of the check."""
        return self.spec.kind

    @property
    def name(self) -> str:
        """Its name in reports, such as `regex 1`."""
        return f"{self.kind} check {self.number}"

    def rollout(self, day: str) -> Rollout:
        """Return the effect of a violation on `day` (`YYYY-MM-DD`). Before the day of a `block`, it is a comment."""
        word, _, start = (self.spec.rollout or "comment").partition(" from ")
        if start and day < start:
            return Rollout.COMMENT if word == "block" else Rollout.MONITOR
        return Rollout(word)


class Outcome(StrEnum):
    """An unexpected result of a trial."""

    MISSES_BAD = "misses-bad"
    FLAGS_GOOD = "flags-good"
    FLAGS_OTHER = "flags-other"
    NO_EXAMPLE = "no-example"
    NOT_TRIED = "not-tried"
