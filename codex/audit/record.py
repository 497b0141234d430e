"""The audit of one repository as stored in a journal: enough for every report about the fleet."""

from typing import Final

import msgspec

from codex.audit.model import AuditedRule, State
from codex.audit.places import place

PLACES_KEPT: Final = 3
"""Maximum number of places that are stored for one rule; all are counted."""


class RuleRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The state of a rule: why, the number of places that show it, and the first of them."""

    id: str
    state: State
    why: str = ""
    places: int = 0
    first: tuple[str, ...] = ()


class WaiverRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A waiver in the settings of a repository, whether or not it is in force."""

    rule: str
    reason: str
    owner: str
    expires: str
    problem: str = ""
    """Why it has no effect."""

    def holds(self, day: str) -> bool:
        """Return whether it is in force."""
        return day <= self.expires and not self.problem


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The audit of one repository.

    `key` is a digest of everything that it depends on: the commit, the codex and the version of codexc. `until` is the
    last day on which it is valid, or empty. `version` is that of the codex, `skipped` the reason why the repository is
    not audited. `merged` are the violated rules that an earlier audit with the same codex found compliant.
    """

    id: str
    key: str
    commit: str
    codex: str = ""
    version: str = ""
    until: str = ""
    skipped: str = ""
    rules: tuple[RuleRecord, ...] = ()
    waivers: tuple[WaiverRecord, ...] = ()
    merged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class DayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The violations of the whole fleet on a day (`id`): by rule, the repositories that violate it."""

    id: str
    violated: dict[str, tuple[str, ...]]
    codex: str = ""


def rule_record(rule: AuditedRule) -> RuleRecord:
    """Return the part of an audited rule that is stored."""
    first = tuple(place(one) for one in rule.evidence[:PLACES_KEPT])
    return RuleRecord(id=rule.id, state=State(rule.state), why=rule.why, places=len(rule.evidence), first=first)


def merged_violations(before: AuditRecord | None, version: str, rules: tuple[RuleRecord, ...]) -> tuple[str, ...]:
    """Return the rules that are violated although an earlier audit with this version found them compliant.

    A rule stays listed until it is no longer violated, even if the version changes.
    """
    if before is None:
        return ()
    known = set(before.merged)
    if before.version == version:
        known |= {rule.id for rule in before.rules if rule.state is State.COMPLIANT}
    return tuple(rule.id for rule in rules if rule.state is State.VIOLATED and rule.id in known)
