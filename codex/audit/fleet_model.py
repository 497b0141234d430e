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
    """A rule that a repository does not simply follow: its state, why, and where."""

    rule: Text
    """The rule's id."""
    state: StateWord
    """Its state."""
    why: str = ""
    """Why it has this state; empty if the places say it."""
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
    """Why it was not."""
    commit: str = ""
    """The commit that was audited."""
    version: str = ""
    """The version of the codex."""
    level: str = ""
    """Its level; empty if it reaches none."""
    applies: Count = 0
    """The rules that apply, without those that have nothing to look at."""
    assessed: Count = 0
    """Those that were assessed: compliant, partial or violated."""
    compliant: Count = 0
    """Those that are compliant."""
    partial: Count = 0
    """Those for which some checks found nothing and others could not decide."""
    violated: Count = 0
    """Those that are violated."""
    waived: Count = 0
    """The rules that are waived."""
    blocking: Count = 0
    """The blocking rules that are violated."""
    share_compliant: Percent | None
    """The share of the rules that are compliant, of those that are compliant, violated or waived, in percent; null if
    there are none of these."""
    share_assessed: Percent = 0
    """The share of the rules that apply that are assessed, in percent."""
    states: Mapping[str, StateWord]
    """The state of every rule, by id."""
    findings: tuple[RulePlace, ...] = ()
    """The rules that are violated, waived or partial, or in error."""
    not_assessed: Mapping[str, tuple[str, ...]]
    """The rules that were not assessed, by the reason."""
    notes: tuple[str, ...] = ()
    """What limits the audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHealth:
    """One rule in the fleet; each number counts repositories."""

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
    """Where it applies, without those in which there is nothing to look at."""
    assessed: Count = 0
    """Where it was assessed: compliant, partial or violated."""
    compliant: Count = 0
    """Where it is compliant."""
    partial: Count = 0
    """Where some checks could not decide."""
    violated: Count = 0
    """Where it is violated."""
    places: Count = 0
    """The places that violate it, in all repositories."""
    merged: Count = 0
    """Where it is violated although an earlier audit with the same codex found it compliant."""
    waived: Count = 0
    """Where a waiver is in force."""
    contested: Count = 0
    """Where it is violated after its waiver has expired."""
    not_assessed: Count = 0
    """Where nothing decided."""
    not_applicable: Count = 0
    """Where its checks have nothing to look at."""
    error: Count = 0
    """Where it could not be assessed because of an error."""
    never_fires: bool = False
    """Whether it was assessed somewhere and is violated and waived nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerHealth:
    """The rules of one owner."""

    owner: str
    """The owner of the standards; empty if they have none."""
    rules: Count
    """The rules that apply somewhere."""
    assessed: Count
    """Those that are assessed somewhere."""
    violated: Count
    """Those that are violated somewhere."""
    violations: Count
    """The violations: one for each rule and repository."""
    waived: Count
    """The waivers in force."""
    never_fires: Count
    """Those that are assessed, and violated nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCount:
    """A level of scorecards."""

    name: str
    """Its name; empty for repositories that reach none."""
    repositories: Count
    """The audited repositories that have it."""
    share: Percent
    """Their share, in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    """What was open in a campaign on a day."""

    day: Day
    """The day."""
    open: Count
    """The violations: one for each rule and repository."""


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
    """How it is doing: on track if no more is open than on a straight line from the first day to the last."""
    open: Count
    """The violations that are open: one for each rule and repository. A waiver does not close one."""
    closed: Count
    """Those that are compliant."""
    unknown: Count
    """Those that were not assessed."""
    burn_down: tuple[OpenCount, ...] = ()
    """What was open on each day with an audit of the whole fleet."""


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
    """What limits the audit."""

    def count(self, coverage: Coverage) -> int:
        """Return the number of repositories that were audited, skipped, queued, or failed."""
        return sum(one.coverage == coverage for one in self.repositories)
