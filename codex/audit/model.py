"""The result of an audit: every rule that applies, in one of seven states, with evidence."""

from enum import StrEnum
from typing import Annotated, Final

from skills_build.frozen import dataclass
from skills_build.model.contract import Address, Constraint, Count, Day, Sha256, Text
from skills_build.model.standard import LevelWord, StatusWord


class State(StrEnum):
    """The state of a rule in a repository."""

    VIOLATED = "violated"
    ERROR = "error"
    PARTIAL = "partial"
    WAIVED = "waived"
    NOT_ASSESSED = "not-assessed"
    NOT_APPLICABLE = "not-applicable"
    COMPLIANT = "compliant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place that shows the state. Line 0 stands for the whole file, and an empty path for the whole repository."""

    path: str
    """The file."""
    line: Count
    """The line, from 1."""
    column: Count = 0
    """The column, from 1; 0 if it is not known."""
    text: str = ""
    """What was found there."""
    by: Text
    """What found it: a check of codexc, or a linter and its rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRule:
    """One rule."""

    id: Text
    """The rule's id."""
    level: LevelWord
    """How binding it is."""
    status: StatusWord
    """Its status."""
    blocking: bool
    """Whether work that violates it must not be merged."""
    text: Text
    """Its sentence."""
    state: Annotated[str, Constraint(choices=tuple(State))]
    """Its state in this repository."""
    why: str
    """The reason for this state; empty if the evidence shows it."""
    evidence: tuple[Evidence, ...] = ()
    """The places that violate it, even if it is waived."""
    assessors: tuple[str, ...] = ()
    """The checks and linters that decided."""
    remedy: str | None = None
    """What to do instead."""
    example: str | None = None
    """Code that complies: the first Good example of the rule."""
    owner: str | None = None
    """Who decides on the rule."""
    waived_until: Day | None = None
    """The last day of its waiver."""
    href: Address | None = None
    """The URL of the rule."""
    source: str
    """The standard that defines it."""
    digest: Sha256
    """Digest of what it requires."""

    @property
    def fails(self) -> bool:
        """Whether it is violated or could not be assessed because of an error."""
        return self.state in (State.VIOLATED, State.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit of a repository on a day."""

    codex: Text
    """The codex's namespace."""
    title: str
    """The codex's title."""
    codexc: str
    """The version of codexc."""
    as_of: Day
    """The day for which waivers were evaluated."""
    commit: str | None = None
    """The commit of the repository, if it is in git and has no changes."""
    rules: tuple[AuditedRule, ...]
    """The rules that apply, in the order of the codex."""
    notes: tuple[str, ...] = ()
    """Limitations of the audit, such as files that were not read and results for another commit."""

    def count(self, state: State) -> int:
        """Return the number of rules in a state."""
        return sum(rule.state == state for rule in self.rules)


SCHEMA: Final = "urn:codexc:schema:audit:1"
