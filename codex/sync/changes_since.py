"""What changed for one repository since the release that it holds: each rule once, from its first state to its last."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from skills_build.errors import CodexError
from skills_build.model.release import Bump, ChangeKind, ReleaseEntry, RuleChange, Version
from skills_build.release.changelog import duties_in

_GONE: Final = frozenset({ChangeKind.WITHDRAWN, ChangeKind.VANISHED})
_PAIRS: Final = (
    (ChangeKind.PROMOTED, ChangeKind.DEMOTED),
    (ChangeKind.TIGHTENED, ChangeKind.LOOSENED),
    (ChangeKind.WIDENED, ChangeKind.NARROWED),
)
_UNDONE: Final = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
"""What a change takes back; only the later one of both is worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesSince:
    """What people must do that they had not to, what else is new to them, and how many rules differ in wording only."""

    duties: tuple[RuleChange, ...] = ()
    others: tuple[RuleChange, ...] = ()
    wording: int = 0


def is_version(text: str) -> bool:
    """Whether a text is a version as we write it, without anything after it."""
    try:
        return str(Version.parse(text)) == text
    except CodexError:
        return False


def is_newer(one: str, other: str) -> bool:
    """Whether a version is newer than another; False where one of them is none."""
    try:
        return Version.parse(one) > Version.parse(other)
    except CodexError:
        return False


def changes_since(history: Sequence[ReleaseEntry], before: str, *, applies: Set[str], skills: Set[str]) -> ChangesSince:
    """What changed after the version `before` where these rules apply, and these skills were.

    A rule that is gone is news only where its skill was; one that came and went in between is none.
    """
    released = [release_entry for release_entry in history if is_newer(release_entry.version, before)]
    changes = list(_net([change for one in reversed(released) for change in one.changes]))
    here = [change for change in changes if _concerns(change, applies, skills)]
    duties = sorted(
        (rule_change for rule_change in duties_in(here) if rule_change.kind not in _GONE), key=lambda one: one.on or ""
    )
    told = {duty.subject for duty in duties}
    others = [one for one in here if one.subject not in told and one.bump >= Bump.MINOR]
    told |= {one.subject for one in others}
    return ChangesSince(
        duties=tuple({duty.subject: duty for duty in duties}.values()),
        others=tuple(others),
        wording=len({one.subject for one in here} - told),
    )


def _concerns(change: RuleChange, applies: Set[str], skills: Set[str]) -> bool:
    return change.skill in skills if change.kind in _GONE else change.subject in applies


def _net(changes: Iterable[RuleChange]) -> Iterator[RuleChange]:
    """Yield what is left of changes that follow one another."""
    of: dict[str, list[RuleChange]] = {}
    for change in changes:
        of.setdefault(change.subject, []).append(change)
    for some in of.values():
        came, last = some[0].kind is ChangeKind.ADDED, some[-1]
        if last.kind in _GONE:
            yield from () if came else (last,)
        elif came:
            yield _as_added(some)
        else:
            yield from _merged(some)


def _as_added(some: Sequence[RuleChange]) -> RuleChange:
    """A rule that was added and changed since, as if it had been added as it is."""
    last = some[-1]
    later = (
        None
        if last.kind is ChangeKind.PROMOTED
        else next((rule_change.on for rule_change in reversed(some) if rule_change.on), None)
    )
    bump = max(rule_change.bump for rule_change in some)
    return replace(some[0], bump=bump, level=last.level, status=last.status, on=later)


def _merged(some: Iterable[RuleChange]) -> Iterator[RuleChange]:
    found: dict[ChangeKind, RuleChange] = {}
    for rule_change in some:
        if rule_change.kind in _UNDONE:
            found.pop(_UNDONE[rule_change.kind], None)
        first = found.get(rule_change.kind)
        found[rule_change.kind] = replace(rule_change, old=first.old) if first else rule_change
    yield from found.values()
