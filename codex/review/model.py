"""The result of a review: findings on added lines, and a verdict."""

from enum import StrEnum
from typing import Annotated, Final

from skills_build.frozen import dataclass
from skills_build.model.contract import Address, Constraint, Count, Day, Sha256, Text
from skills_build.model.standard import LevelWord

SCHEMA: Final = "urn:codexc:schema:review:1"


class Decision(StrEnum):
    """The decision of a review."""

    APPROVE = "approve"
    COMMENT = "comment"
    BLOCK = "block"
    INCONCLUSIVE = "inconclusive"
    OVERRIDDEN = "overridden"


class AnswerKind(StrEnum):
    """The kinds of answers to a review."""

    WONT_FIX = "won't fix"
    BREAK_GLASS = "break glass"


class Tier(StrEnum):
    """The risk of a change, by its size and its paths."""

    TRIVIAL = "trivial"
    STANDARD = "standard"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFinding:
    """A violation in a change. Line 0 stands for the whole file, and an empty path for the whole change."""

    id: Text
    """The rule's id; `codexc` for a change that weakens reviews."""
    level: LevelWord
    """How binding the rule is."""
    blocks: bool
    """Whether it withholds approval."""
    why: str
    """Why it does not block, if its rule is blocking."""
    path: str
    """The file."""
    line: Count
    """The line of the new file, from 1."""
    column: Count = 0
    """The column, from 1; 0 if it is not known."""
    reason: Text
    """The rule's sentence, or the message of the check."""
    found: str = ""
    """What was found."""
    by: Text
    """What found it: a check, a linter and its rule, or a reviewer."""
    remedy: str | None = None
    """What to do instead."""
    example: str | None = None
    """Code that complies."""
    owner: str | None = None
    """Who decides on the rule."""
    href: Address | None = None
    """The URL of the rule."""
    fingerprint: Sha256
    """Digest of the rule, the path and the line's text: it stays the same when the line moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer on the merge request: a finding will not be fixed, or the change passes anyway."""

    kind: Annotated[str, Constraint(choices=tuple(AnswerKind))]
    """The kind of answer."""
    by: Text
    """The account."""
    reason: str
    """The reason that was given."""
    counts: bool
    """Whether it counts: its account is allowed to answer, and the comment was not edited."""
    why: str
    """The reason why it counts or does not."""
    id: str = ""
    """The rule of the finding that will not be fixed."""
    path: str = ""
    """Its file."""
    line: Count = 0
    """Its line."""
    fingerprint: Sha256 | None = None
    """Its fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedRule:
    """A rule that is relevant to a change."""

    id: Text
    """The rule's id."""
    blocking: bool
    """Whether it is an enforced MUST or MUST NOT."""
    because: Text
    """Why it was selected."""
    files: tuple[str, ...]
    """The changed files to which it applies."""
    checked: Annotated[str, Constraint(choices=("program", "reviewer", "both", "nothing"))]
    """Who decides: checks (`program`), a reviewer, or both; `nothing` if no check could examine the change."""
    gap: str | None = None
    """What no check could examine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review of a change."""

    codex: Text
    """The codex's namespace."""
    title: str
    """The codex's title."""
    codexc: str
    """The version of codexc."""
    as_of: Day
    """The day for which waivers and rollouts were evaluated."""
    base: str | None
    """The commit from which the rules, settings and waivers come; null for a patch."""
    head: str | None
    """The commit that was reviewed; null for a patch or changes that are not committed."""
    decision: Annotated[str, Constraint(choices=tuple(Decision))]
    """The decision."""
    tier: Annotated[str, Constraint(choices=tuple(Tier))]
    """The risk of the change."""
    complete: bool = True
    """Whether everything that may block could be read."""
    findings: tuple[ReviewFinding, ...]
    """The violations, blocking ones first, except those declined by an answer that counts."""
    answers: tuple[Answer, ...] = ()
    """The answers on the merge request."""
    asked: tuple[Text, ...] = ()
    """What was asked besides the checks that run here: linters whose results were read, and `a reviewer`, who may be a
    model and who gave every verdict."""
    monitored: Count = 0
    """The number of violations of checks that are only counted."""
    waived: Count = 0
    """The number of violations that a waiver of the base covers."""
    rules: tuple[SelectedRule, ...]
    """The rules that are relevant to the change: violated ones first, then blocking ones."""
    passed_over: tuple[str, ...] = ()
    """The ids of rules that apply to changed files, but do not match any changed line."""
    left_out: tuple[str, ...] = ()
    """Changed files that are not reviewed: generated, vendored, binary, lock files."""
    notes: tuple[str, ...] = ()
    """Limitations of the review."""
