"""Runs the checks of relevant rules on a change, and keeps what it adds."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from codex.audit.applied_rule import AppliedRule
from codex.audit.assess import evaluated, evidence_of, gap_text
from codex.audit.examples import good_example, is_green
from codex.audit.inputs import Inputs
from codex.audit.linter_places import linter_places
from codex.audit.model import Evidence
from codex.review.change import Change, earlier_names
from codex.review.model import ReviewFinding
from codex.review.select import Relevant
from skills_build.checks.base import Evaluation, Match, Subject
from skills_build.checks.registry import kind_of
from skills_build.frozen import dataclass
from skills_build.model.check import Check, CheckKind, Rollout

MAX_FINDINGS: Final = 2000
"""Maximum number of findings in one review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two sides of a change, as input for checks. `base` is None if there is only a patch."""

    head: Inputs
    base: Subject | None
    change: Change
    added: Mapping[str, frozenset[int]]
    """The numbers of the added lines of each changed file."""
    changed: Subject
    """The head, of which only the changed files are examined."""
    lines: "AddedLines"

    @classmethod
    def of(cls, head: Inputs, base: Subject | None, change: Change) -> "Sides":
        """Return the sides of a change."""
        paths = tuple(one.path for one in change.files if not one.deleted)
        return cls(
            head=head,
            base=base,
            change=change,
            added={one.path: frozenset(number for number, _ in one.added) for one in change.files},
            changed=replace(head.subject, paths=paths),
            lines=AddedLines(change),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The results of the checks of one rule on a change."""

    findings: tuple[ReviewFinding, ...] = ()
    monitored: int = 0
    waived: int = 0
    ran: bool = False
    gap: str | None = None
    unread: tuple[str, ...] = ()
    """The changed files that checks could not examine, each with the reason."""
    withheld: bool = False
    """Whether one of these checks blocks, so that a violation in such a file would block the change."""

    @property
    def violated(self) -> bool:
        """Whether a check found a violation, also one that is only counted or waived."""
        return bool(self.findings or self.monitored or self.waived)


def checked(relevant: Relevant, sides: Sides) -> Checked:
    """Run the checks of a rule on a change."""
    applied = relevant.applied
    results = [(check, _looked(applied, check, sides)) for check in applied.checks]
    found: list[ReviewFinding] = []
    monitored = waived = 0
    lines = sides.lines
    waiver = applied.rule.waived
    is_waived = waiver is not None and waiver.holds(sides.head.day)
    for check, (places, *_) in results:
        rollout = check.rollout(sides.head.day)
        if is_waived:
            waived += len(places)
        elif rollout is Rollout.MONITOR:
            monitored += len(places)
        else:
            found.extend(finding_of(applied, check, one, sides.head.day, lines) for one in places)
    unread = {check: one.unread for check, one in results if one.unread}
    return Checked(
        findings=tuple(found),
        monitored=monitored,
        waived=waived,
        ran=any(one.ran for _, one in results),
        gap=next((one.gap for _, one in results if one.gap), None),
        unread=tuple(dict.fromkeys(text for texts in unread.values() for text in texts)),
        withheld=not is_waived and any(not reason_not_to_block(applied, check, sides.head.day) for check in unread),
    )


class _Looked(NamedTuple):
    """The result of one check: the violations that a change adds, whether it examined anything, and what it could not
    examine.
    """

    places: list[Evidence]
    ran: bool
    gap: str | None
    unread: tuple[str, ...] = ()


def _looked(applied: AppliedRule, check: Check, sides: Sides) -> _Looked:
    """Run one check on a change, and keep what the change added."""
    if check.kind is CheckKind.JUDGEMENT:
        return _Looked([], False, None)
    if check.kind is CheckKind.LINTER:
        shown, gap = linter_places(applied, check, sides.head)
        return _Looked([one for one in shown if one.line in sides.added.get(one.path, ())], not gap, gap)
    result = evaluated(applied, check, sides.changed if kind_of(check.kind).by_file else sides.head.subject)
    gap = next(map(gap_text, result.gaps), None)
    kept = result.matches if check.kind in _OF_CHANGES else tuple(_new(applied, check, result, sides))
    places = [evidence_of(match, check) for match in kept]
    unread = tuple(gap_text(one) for one in result.gaps if one.path in sides.added)
    return _Looked(places, bool(result.looked), gap, unread)


_OF_CHANGES: Final = (CheckKind.COMMIT, CheckKind.DIFF, CheckKind.FORGE)


def _new(applied: AppliedRule, check: Check, result: Evaluation, sides: Sides) -> Iterator[Match]:
    """Yield the matches on added lines; of a kind that looks at whole files, those that the base does not have."""
    added = sides.added
    if kind_of(check.kind).by_file:
        for match in result.matches:
            lines = added.get(match.path, frozenset())
            if any(number in lines for number in range(match.line, max(match.end_line, match.line) + 1)):
                yield match
        return
    if sides.base is None:
        yield from (match for match in result.matches if not match.path or match.path in added)
        return
    before = {(match.path, match.text) for match in evaluated(applied, check, sides.base).matches}
    yield from (match for match in result.matches if (match.path, match.text) not in before)


class AddedLines:
    """The added lines of a change, and how often a fingerprint occurred."""

    def __init__(self, change: Change) -> None:
        self._texts = {(one.path, number): text for one in change.files for number, text in one.added}
        self._names = earlier_names(change)
        self._seen: Counter[str] = Counter()

    def fingerprint(self, applied: AppliedRule, check: str, place: Evidence) -> str:
        """Return the digest of a finding, which stays when the line or its file moves."""
        line = " ".join(self._texts.get((place.path, place.line), place.text).split())
        key = f"{applied.rule.id}\0{applied.rule.digest}\0{check}\0{self._names.get(place.path, place.path)}\0{line}"
        self._seen[key] += 1
        return hashlib.sha256(f"{key}\0{self._seen[key]}".encode("utf-8", "replace")).hexdigest()


def finding_of(applied: AppliedRule, check: Check, place: Evidence, day: str, lines: AddedLines) -> ReviewFinding:
    """Return the finding that a check has at a place."""
    rule, standard = applied.rule, applied.standard
    why = reason_not_to_block(applied, check, day)
    return ReviewFinding(
        id=rule.id,
        level=rule.level,
        blocks=rule.blocking and not why,
        why=why if rule.blocking else "",
        path=place.path,
        line=place.line,
        column=place.column,
        reason=check.spec.message or rule.text,
        found=place.text,
        by=place.by,
        remedy=applied.remedy,
        example=good_example(applied),
        owner=standard.owner,
        href=rule.href,
        fingerprint=lines.fingerprint(applied, check.name, place),
    )


def reason_not_to_block(applied: AppliedRule, check: Check, day: str) -> str:
    """Return why a violation that this check finds does not block; empty if it does."""
    if not applied.rule.blocking:
        return "the rule is advisory"
    if check.rollout(day) is not Rollout.BLOCK:
        start = (check.spec.rollout or "").partition(" from ")[2]
        return f"the check is not blocking until {start}" if start and day < start else "the check only posts comments"
    if check.kind is not CheckKind.JUDGEMENT and not is_green(applied, check):
        return "the check has not been tested on the rule's examples"
    return ""
