"""The changes for one repository since its release: each rule once, from its first state to its last."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Final

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.release import Bump, ChangeKind, ReleaseEntry, RuleChange, Version
from skills_build.release.changelog import obligations_in

_GONE: Final = frozenset({ChangeKind.WITHDRAWN, ChangeKind.VANISHED})
_PAIRS: Final = (
    (ChangeKind.PROMOTED, ChangeKind.DEMOTED),
    (ChangeKind.TIGHTENED, ChangeKind.LOOSENED),
    (ChangeKind.WIDENED, ChangeKind.NARROWED),
)
_UNDONE: Final = {kind: other for pair in _PAIRS for kind, other in (pair, pair[::-1])}
"""The change that a change reverts; of the two, only the later one is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesSince:
    """New duties, other changes, and the number of rules that changed only in wording."""

    duties: tuple[RuleChange, ...] = ()
    others: tuple[RuleChange, ...] = ()
    wording: int = 0


def is_version(text: str) -> bool:
    """Whether a text is a version in canonical form, with nothing after it."""
    try:
        return str(Version.parse(text)) == text
    except CodexError:
        return False


def is_newer(version: str, other: str) -> bool:
    """Whether `version` is newer than `other`; False if either is not a version."""
    try:
        return Version.parse(version) > Version.parse(other)
    except CodexError:
        return False


def changes_since(history: Sequence[ReleaseEntry], before: str, *, applies: Set[str], skills: Set[str]) -> ChangesSince:
    """Return the changes after the version `before` for a repository with these rules and, before, these skills.

    A removed rule is reported only if its skill was there; one that was added and removed in between is not.
    """
    released = [release_entry for release_entry in history if is_newer(release_entry.version, before)]
    changes = list(_net([change for entry in reversed(released) for change in entry.changes]))
    here = [change for change in changes if _concerns(change, applies, skills)]
    duties = sorted(
        (rule_change for rule_change in obligations_in(here) if rule_change.kind not in _GONE),
        key=lambda change: change.on or "",
    )
    reported = {duty.subject for duty in duties}
    others = [change for change in here if change.subject not in reported and change.bump >= Bump.MINOR]
    reported |= {change.subject for change in others}
    return ChangesSince(
        duties=tuple({duty.subject: duty for duty in duties}.values()),
        others=tuple(others),
        wording=len({change.subject for change in here} - reported),
    )


def _concerns(change: RuleChange, applies: Set[str], skills: Set[str]) -> bool:
    return change.skill in skills if change.kind in _GONE else change.subject in applies


def _net(changes: Iterable[RuleChange]) -> Iterator[RuleChange]:
    """Yield the net changes of each rule."""
    by_rule: dict[str, list[RuleChange]] = {}
    for change in changes:
        by_rule.setdefault(change.subject, []).append(change)
    for same_rule in by_rule.values():
        added, last = same_rule[0].kind is ChangeKind.ADDED, same_rule[-1]
        if last.kind in _GONE:
            yield from () if added else (last,)
        elif added:
            yield _as_added(same_rule)
        else:
            yield from _merged(same_rule)


def _as_added(changes: Sequence[RuleChange]) -> RuleChange:
    """A rule that was added and then changed, as one addition in its last state."""
    last = changes[-1]
    from_day = (
        None
        if last.kind is ChangeKind.PROMOTED
        else next((rule_change.on for rule_change in reversed(changes) if rule_change.on), None)
    )
    bump = max(rule_change.bump for rule_change in changes)
    return replace(changes[0], bump=bump, level=last.level, status=last.status, on=from_day)


def _merged(changes: Iterable[RuleChange]) -> Iterator[RuleChange]:
    merged: dict[ChangeKind, RuleChange] = {}
    for change in changes:
        if change.kind in _UNDONE:
            merged.pop(_UNDONE[change.kind], None)
        first = merged.get(change.kind)
        merged[change.kind] = replace(change, old=first.old) if first else change
    yield from merged.values()
