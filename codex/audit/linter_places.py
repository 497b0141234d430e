"""The violations of a check in linter results, and why the absence of others would prove nothing."""

from collections.abc import Iterator, Sequence

from codex.audit.applied_rule import AppliedRule
from codex.audit.inputs import Inputs
from codex.audit.model import Evidence
from codex.audit.results.base import LinterFinding, LinterResults
from skills_build.checks.base import looks_at
from skills_build.checks.linter import covers
from skills_build.model.check import Check


def linter_places(applied: AppliedRule, check: Check, inputs: Inputs) -> tuple[tuple[Evidence, ...], str | None]:
    """Return the violations in linter results, and why the absence of others would prove nothing."""
    tool, rules = check.spec.linter or "", check.spec.rules or ()
    given = inputs.results_of(tool)
    if not given:
        return (), f"no results from {tool} were passed (`--results {tool}:FILE`)"
    found = tuple(_linter_evidence(applied, check, given, inputs))
    stale = next((one for one in given if one.commit and inputs.commit and one.commit != inputs.commit), None)
    if stale is not None and stale.commit:
        return found, f"{stale.source} is for commit {stale.commit[:12]}"
    if all(one.enabled is None for one in given):
        return found, f"there is no evidence that {tool} had {', '.join(f'`{rule}`' for rule in rules)} enabled"
    enabled = frozenset(rule for one in given for rule in one.enabled or ())
    off = [rule for rule in rules if not any(covers(rule, one) for one in enabled)]
    if off:
        return found, f"{tool} rules that are not enabled in this repository: {', '.join(f'`{rule}`' for rule in off)}"
    return found, None if any(one.ran for one in given) else f"the settings of {tool} were passed, but not its results"


def _linter_evidence(
    applied: AppliedRule, check: Check, given: Sequence[LinterResults], inputs: Inputs
) -> Iterator[Evidence]:
    seen: set[LinterFinding] = set()
    for results in given:
        for finding in results.findings:
            if finding in seen or not any(covers(rule, finding.rule) for rule in check.spec.rules or ()):
                continue
            seen.add(finding)
            path = inputs.located(finding.path)
            if path is None or not looks_at(check.spec, path, applied.applies_to):
                continue
            by = f"{results.tool} {finding.rule}"
            yield Evidence(path=path, line=finding.line, column=finding.column, text=finding.message, by=by)
