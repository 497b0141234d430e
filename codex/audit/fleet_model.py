"""The audit of a fleet: scorecards of repositories, health of rules, campaigns. Its JSON is a published contract."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from codex.audit.model import State
from skills_build.frozen import dataclass
from skills_build.model.contract import Constraint, Count, Day, Percent, Text
from skills_build.model.standard import LevelWord, StatusWord

SCHEMA: Final = "urn:codexc:schema:fleet-audit:1"
StateWord = Annotated[str, Constraint(choices=tuple(State))]


class Coverage(StrEnum):
    """Whether a repository was audited."""

    AUDITED = "audited"
    SKIPPED = "skipped"
    FAILED = "failed"
    QUEUED = "queued"


class Progress(StrEnum):
    """How a campaign is doing."""

    DONE = "done"
    ON_TRACK = "on track"
    BEHIND = "behind"
    LATE = "late"
    UNKNOWN = "not assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlace:
    """A rule that a repository does not fully comply with: its state, the reason, and the places."""

    rule: Text
    """The rule's id."""
    state: StateWord
    """Its state."""
    why: str = ""
    """The reason for this state; empty if the places show it."""
    places: Count = 0
    """The number of places that show it."""
    first: tuple[str, ...] = ()
    """The first places, as `path:line:column`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetWaiver:
    """A waiver in the settings of a repository."""

    repository: Text
    """The repository."""
    rule: Text
    """The rule."""
    reason: str
    """Why the repository cannot comply yet."""
    owner: str
    """Who is responsible for the waiver."""
    expires: Day
    """Its last day."""
    in_force: bool
    """Whether it is in force on the day of the audit."""
    problem: str = ""
    """Why it has no effect, and what to do; empty if it is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One repository."""

    repository: Text
    """Its path."""
    owner: str = ""
    """Its owner in the catalog."""
    coverage: Annotated[str, Constraint(choices=tuple(Coverage))]
    """Whether it was audited."""
    reason: str = ""
    """The reason why it was not."""
    commit: str = ""
    """The commit that was audited."""
    version: str = ""
    """The version of the codex."""
    level: str = ""
    """The level that it reaches; empty if none."""
    applies: Count = 0
    """The number of rules that apply and have something to examine."""
    assessed: Count = 0
    """The number of these that were assessed: compliant, partial or violated."""
    compliant: Count = 0
    """The number that are compliant."""
    partial: Count = 0
    """The number for which some checks found nothing and others could not decide."""
    violated: Count = 0
    """The number that are violated."""
    waived: Count = 0
    """The number of waived rules."""
    blocking: Count = 0
    """The number of violated blocking rules."""
    share_compliant: Percent | None
    """The percentage of compliant rules among those that are compliant, violated or waived; null if there are none."""
    share_assessed: Percent = 0
    """The percentage of applicable rules that were assessed."""
    states: Mapping[str, StateWord]
    """The state of every rule, by id."""
    findings: tuple[RulePlace, ...] = ()
    """The rules that are violated, waived, partial or in error."""
    not_assessed: Mapping[str, tuple[str, ...]]
    """The ids of rules that were not assessed, by reason."""
    notes: tuple[str, ...] = ()
    """Limitations of the audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCounts:
    """Answers about one rule in saved reviews."""

    declined: Count = 0
    """The number of findings answered with `won't fix`."""
    overridden: Count = 0
    """The number of commits that it blocked and that passed with `break glass`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHealth:
    """One rule in the fleet. Unless stated otherwise, numbers count repositories."""

    rule: Text
    """The rule's id."""
    text: str
    """Its sentence."""
    level: LevelWord
    """How binding it is."""
    status: StatusWord
    """Its status."""
    blocking: bool
    """Whether work that violates it must not be merged."""
    owner: str = ""
    """Who decides on it."""
    source: str
    """The standard that defines it."""
    applies: Count = 0
    """Repositories where it applies and has something to examine."""
    assessed: Count = 0
    """Repositories where it was assessed: compliant, partial or violated."""
    compliant: Count = 0
    """Repositories where it is compliant."""
    partial: Count = 0
    """Repositories where some checks could not decide."""
    violated: Count = 0
    """Repositories where it is violated."""
    places: Count = 0
    """The number of places that violate it, in all repositories."""
    merged: Count = 0
    """Repositories where it is violated although an earlier audit with the same codex found it compliant."""
    waived: Count = 0
    """Repositories where a waiver is in force."""
    contested: Count = 0
    """Repositories where it is violated after its waiver has expired."""
    reviews: ReviewCounts | None = None
    """Answers about it in reviews, if saved reviews were read and mention it."""
    not_assessed: Count = 0
    """Repositories where it was not assessed."""
    not_applicable: Count = 0
    """Repositories where its checks have nothing to examine."""
    error: Count = 0
    """Repositories where it could not be assessed because of an error."""
    never_fires: bool = False
    """Whether it was assessed in at least one repository and is not violated or waived in any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerHealth:
    """The rules of one owner."""

    owner: str
    """The owner of the standards; empty if they have none."""
    rules: Count
    """The rules that apply somewhere."""
    assessed: Count
    """The number of these that are assessed in at least one repository."""
    violated: Count
    """The number of these that are violated in at least one repository."""
    violations: Count
    """The number of violations, one for each rule and repository."""
    waived: Count
    """The number of waivers in force."""
    never_fires: Count
    """The number of these that are assessed and not violated in any repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCount:
    """A level of scorecards."""

    name: str
    """Its name; empty for repositories that do not reach any level."""
    repositories: Count
    """The number of audited repositories that have it."""
    share: Percent
    """Their share, in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    """The violations that were open in a campaign on a day."""

    day: Day
    """The day."""
    open: Count
    """The number of violations, one for each rule and repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign on the day of the audit."""

    name: Text
    """Its name."""
    rules: tuple[str, ...]
    """Its rules."""
    until: Day
    """Its last day."""
    progress: Annotated[str, Constraint(choices=tuple(Progress))]
    """Its progress: on track if its open violations are on or below a straight line from the first day to the last."""
    open: Count
    """The number of open violations, one for each rule and repository. A waiver does not close a violation."""
    closed: Count
    """The number that are compliant."""
    unknown: Count
    """The number that were not assessed."""
    burn_down: tuple[OpenCount, ...] = ()
    """The open violations on each day with an audit of the whole fleet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAudit:
    """The audit of a fleet on a day."""

    codex: Text
    """The codex's namespace."""
    title: str
    """The codex's title."""
    version: str
    """The version of the codex that the fleet is audited with."""
    codexc: str
    """The version of codexc."""
    as_of: Day
    """The day for which waivers and campaigns were evaluated."""
    repositories: tuple[Scorecard, ...]
    """Every repository of the catalog, in its order."""
    levels: tuple[LevelCount, ...]
    """The levels of scorecards, best first."""
    rules: tuple[RuleHealth, ...]
    """The rules that apply somewhere, in the order of the codex."""
    owners: tuple[OwnerHealth, ...]
    """The owners of rules, by name."""
    waivers: tuple[FleetWaiver, ...] = ()
    """All waivers, by their last day."""
    campaigns: tuple[Campaign, ...] = ()
    """The campaigns in codex.yaml."""
    notes: tuple[str, ...] = ()
    """Limitations of the audit."""

    def count(self, coverage: Coverage) -> int:
        """Return the number of repositories that were audited, skipped, queued, or failed."""
        return sum(one.coverage == coverage for one in self.repositories)
