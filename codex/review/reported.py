"""Verifies the findings that a job without secrets reports about a change.

The report is untrusted. Only the rule, the place and the source of a finding are used; everything else comes from the
rules of the base and the forge's diff. Findings of checks that run here are not taken from the report, and a reported
finding that such a check does not confirm makes the report false. So a report only adds findings of linters and
reviewers.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from codex.audit.applied_rule import AppliedRule
from codex.audit.model import Evidence
from codex.review.change import Change, earlier_names
from codex.review.findings import MAX_FINDINGS, AddedLines, finding_of
from codex.review.model import Review, ReviewFinding
from codex.review.verdicts import MODEL, REVIEWER, Judged, judged, judged_fingerprint, spaced
from skills_build.checks.base import looks_at
from skills_build.checks.linter import covers
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.model.check import Check, CheckKind
from skills_build.schema import convert, violations

MAX_REPORT: Final = 16 * 1024 * 1024
"""Maximum size of a report, in bytes."""
_SHOWN: Final = 5
_EARLIER: Final = 1000
"""Maximum number of earlier paths a reported finding may be named after: hosts and git detect moves differently."""
_BY: Final = re.compile(r"(?P<tool>[\w-]{1,40}) (?P<rule>\S{1,200})")


def load_report(data: bytes, *, name: str, schema: str, head: str) -> Review:
    """Read a report. Raises `CodexError` if it is not a review as its schema describes, or of another commit."""
    hint = "create the report with `codexc review --out FILE`"
    try:
        document = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise CodexError(f"`{name}` is not JSON: {type(error).__name__}", hint=hint) from error
    wrong = violations(schema, document)
    if wrong:
        place = ".".join(map(str, wrong[0].key)) or "it"
        raise CodexError(f"`{name}` is not a review: {place}: {wrong[0].message}", hint=hint)
    assert isinstance(document, dict)
    found: Review = convert({key: value for key, value in document.items() if key != "$schema"}, Review)
    if found.head != head:
        what = f"commit {found.head[:12]}" if found.head else "uncommitted changes"
        message = f"`{name}` is for {what}, but the merge request is at commit {head[:12]}"
        raise CodexError(message, hint="run both jobs again")
    if len(found.findings) > 2 * MAX_FINDINGS:
        raise CodexError(f"`{name}` has more than {2 * MAX_FINDINGS:,} findings", hint=hint)
    return found


def reported(
    report: Review, own: Review, rules: Sequence[AppliedRule], change: Change, day: str
) -> tuple[ReviewFinding, ...]:
    """Return what a report adds to our own review. Raises `CodexError` if anything in it is false."""
    reader = _Reader(own, rules, change, day)
    faults, found = list[str](), dict[str, ReviewFinding]()
    for number, finding in enumerate(report.findings, start=1):
        result = reader.read(finding)
        if isinstance(result, str):
            faults.append(f"finding {number} ({finding.id[:40]}): {result}")
        elif result is not None:
            found[result.fingerprint] = result
    if faults:
        more = f" and {len(faults) - _SHOWN:,} more" if len(faults) > _SHOWN else ""
        hint = "nothing was posted: run both jobs again, and do not trust the first job if the report is still wrong"
        raise CodexError(f"the report contains false findings: {'; '.join(faults[:_SHOWN])}{more}", hint=hint)
    return tuple(found.values())


class _Reader:
    def __init__(self, own: Review, rules: Sequence[AppliedRule], change: Change, day: str) -> None:
        self._own = {(one.id, one.path, one.line, one.by) for one in own.findings}
        self._rules: Mapping[str, AppliedRule] = {one.rule.id: one for one in rules}
        self._added: Mapping[str, Mapping[int, str]] = {one.path: dict(one.added) for one in change.files}
        self._lines = AddedLines(change)
        self._names = earlier_names(change)
        earlier = (one.path if one.deleted else one.old for one in change.files)
        self._earlier = tuple(itertools.islice(filter(None, dict.fromkeys(earlier)), _EARLIER))
        self._day = day

    def read(self, finding: ReviewFinding) -> ReviewFinding | str | None:
        """Return the finding made from our own rules, None if we have found it, or why it is false."""
        if (finding.id, finding.path, finding.line, finding.by) in self._own:
            return None
        applied = self._rules.get(finding.id)
        if applied is None:
            return "no rule with this id in the base commit applies here"
        if finding.line not in self._added.get(finding.path, ()):
            return "the line is not an added line in the forge's diff"
        check = self._check(applied, finding)
        if isinstance(check, str):
            return check
        text = " ".join(finding.found.split())[:500]
        if check.kind is CheckKind.JUDGEMENT:
            return self._judged(applied, finding, text)
        waiver = applied.rule.waived
        if waiver is not None and waiver.holds(self._day):
            return None
        place = Evidence(path=finding.path, line=finding.line, column=finding.column, text=text, by=finding.by)
        return finding_of(applied, check, place, self._day, self._lines)

    def _judged(self, applied: AppliedRule, finding: ReviewFinding, text: str) -> ReviewFinding | str | None:
        """Return the finding of a reviewer, who must have read the rule and the line as they are now."""
        path, line = finding.path, spaced(self._added[finding.path][finding.line])
        place = Judged(path=path, line=finding.line, text=line, name=self._names.get(path, path))
        found = judged(applied, place, text, self._day)
        names = (place.name, path, *self._earlier)
        same = found is None or any(finding.fingerprint == judged_fingerprint(applied, name, line) for name in names)
        return found if same else "the fingerprint is for another version of the rule, or for another line"

    def _check(self, applied: AppliedRule, finding: ReviewFinding) -> Check | str:
        """Return the check of the rule that may have found it, or why none may."""
        if finding.by == REVIEWER or finding.by.startswith(MODEL):  # both are posted as findings of a reviewer
            judged = (check for check in applied.checks if check.kind is CheckKind.JUDGEMENT)
            check = next(judged, None)
            if check is None or not applied.applies_to(finding.path):
                return "reviewers are not asked about this rule for this file"
            return check
        by = _BY.fullmatch(finding.by)
        for check in self._linters(applied) if by else ():
            named = by is not None and check.spec.linter == by["tool"]
            if by and named and any(covers(rule, by["rule"]) for rule in check.spec.rules or ()):
                about = looks_at(check.spec, finding.path, applied.applies_to)
                return check if about else "the linter check does not apply to this file"
        return "the rule has no linter with this name, and its other checks do not report this line"

    def _linters(self, applied: AppliedRule) -> Iterator[Check]:
        yield from (check for check in applied.checks if check.kind is CheckKind.LINTER)
