"""Assesses one rule: runs its checks, reads what linters found, and decides the state."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from codex.audit.applied_rule import AppliedRule, is_parsed_as
from codex.audit.examples import good_example
from codex.audit.inputs import Inputs
from codex.audit.linter_places import linter_places
from codex.audit.model import AuditedRule, Evidence, State
from skills_build.checks.base import Evaluation, Gap, Match, Subject
from skills_build.checks.registry import kind_of
from skills_build.frozen import dataclass
from skills_build.model.check import Check, CheckKind
from skills_build.model.rules_file import RuleWaiver

MAX_EVIDENCE: Final = 1000
"""Maximum number of places that are kept for one rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """The result of one check: places that violate it, whether it examined anything, and what it could not examine."""

    evidence: tuple[Evidence, ...] = ()
    looked: bool = False
    gaps: tuple[str, ...] = ()
    failed: str | None = None
    assessor: str = ""


def assessed(applied: AppliedRule, inputs: Inputs) -> AuditedRule:
    """Decide the state of a rule."""
    verdicts = [_verdict(applied, check, inputs) for check in applied.checks]
    state, why = _state(applied.checks, verdicts)
    evidence = tuple(one for verdict in verdicts for one in verdict.evidence)[:MAX_EVIDENCE]
    rule, standard, waiver = applied.rule, applied.standard, applied.rule.waived
    if waiver is not None and waiver.holds(inputs.day):
        state, why = State.WAIVED, _waived(waiver)
    return AuditedRule(
        id=rule.id,
        level=rule.level,
        status=rule.status,
        blocking=rule.blocking,
        text=rule.text,
        state=state,
        why=why,
        evidence=evidence,
        assessors=tuple(dict.fromkeys(verdict.assessor for verdict in verdicts if verdict.looked or verdict.evidence)),
        remedy=applied.remedy,
        example=good_example(applied),
        owner=standard.owner,
        waived_until=waiver.expires if waiver and state is State.WAIVED else None,
        href=rule.href,
        source=standard.source,
        digest=rule.digest,
    )


def _waived(waiver: RuleWaiver) -> str:
    return f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"


def _state(checks: Sequence[Check], verdicts: Sequence[_Verdict]) -> tuple[State, str]:
    """Return the state that follows from the verdicts of all checks, and the reason."""
    if any(verdict.evidence for verdict in verdicts):
        return State.VIOLATED, ""
    failed = next((verdict.failed for verdict in verdicts if verdict.failed), None)
    if failed:
        return State.ERROR, failed
    if not checks:
        return State.NOT_ASSESSED, "the rule has no check"
    gaps = [gap for verdict in verdicts for gap in verdict.gaps]
    clean = [verdict for verdict in verdicts if verdict.looked and not verdict.gaps]
    if len(clean) == len(verdicts):
        return State.COMPLIANT, ""
    if any(verdict.looked for verdict in verdicts):
        return State.PARTIAL, _first(gaps) or "some checks had nothing to examine"
    if gaps:
        return State.NOT_ASSESSED, _first(gaps)
    return State.NOT_APPLICABLE, "no file matches the rule's checks"


def _first(gaps: Sequence[str]) -> str:
    more = len(dict.fromkeys(gaps)) - 1
    return f"{gaps[0]} (and {more} more)" if more > 0 else gaps[0] if gaps else ""


def _verdict(applied: AppliedRule, check: Check, inputs: Inputs) -> _Verdict:
    if check.kind is CheckKind.LINTER:
        return _of_linter(applied, check, inputs)
    result = evaluated(applied, check, inputs.subject)
    found = tuple(evidence_of(match, check) for match in result.matches)
    gaps = tuple(gap_text(gap) for gap in result.gaps)
    return _Verdict(evidence=found, looked=bool(result.looked), gaps=gaps, assessor=check.name)


def evaluated(applied: AppliedRule, check: Check, subject: Subject) -> Evaluation:
    """Run a check that a program decides."""
    return kind_of(check.kind).evaluate(check.spec, replace(subject, applies=applies(applied, check)))


def applies(applied: AppliedRule, check: Check) -> Callable[[str], bool]:
    """Return which files a check without `files` examines: those of its rule; for `ast-grep`, only those in its
    language.
    """
    grep = check.spec.ast_grep
    if grep is None:
        return applied.applies_to
    return lambda path: is_parsed_as(path, grep.language) and applied.applies_to(path)


def evidence_of(match: Match, check: Check) -> Evidence:
    """Return the place of a match."""
    column = match.column if match.line else 0
    return Evidence(path=match.path, line=match.line, column=column, text=match.text, by=check.name)


def gap_text(gap: Gap) -> str:
    """Return what a check could not examine, and the reason."""
    return f"{gap.path}: {gap.why}" if gap.path else gap.why


def _of_linter(applied: AppliedRule, check: Check, inputs: Inputs) -> _Verdict:
    """Return the verdict of linter results. A finding proves a violation; the absence of findings proves nothing by
    itself.
    """
    found, gap = linter_places(applied, check, inputs)
    given = inputs.results_of(check.spec.linter)
    failed = next((f"{one.tool} did not succeed: {one.failed} ({one.source})" for one in given if one.failed), None)
    gaps = (gap,) if gap else ()
    return _Verdict(evidence=found, looked=not gaps, gaps=gaps, failed=failed, assessor=check.name)
