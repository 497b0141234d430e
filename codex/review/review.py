"""Reviews a change: selects rules, runs their checks on what it adds, and decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from codex.audit.applied_rule import AppliedRule
from codex.review.change import Change
from codex.review.findings import MAX_FINDINGS, Checked, Sides, checked
from codex.review.model import Decision, Review, ReviewFinding, SelectedRule
from codex.review.select import Relevant, order, relevant_rules
from skills_build.checks.base import Gap
from skills_build.frozen import dataclass
from skills_build.model.check import CheckKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rules relevant to a change, with the results of their checks: violated ones first, then in order.

    `passed_over` are the rules that apply to changed files, but do not match any changed line, with these files.
    """

    rows: tuple[tuple[Relevant, Checked], ...]
    passed_over: tuple[tuple[Relevant, Checked], ...]

    @property
    def rules(self) -> tuple[Relevant, ...]:
        """The rules."""
        return tuple(one for one, _ in self.rows)

    @property
    def others(self) -> tuple[Relevant, ...]:
        """The rules that are passed over."""
        return tuple(one for one, _ in self.passed_over)

    @property
    def unlinted(self) -> tuple[str, ...]:
        """The ids of rules that only linters check whose results are missing."""
        return tuple(one.applied.rule.id for one, _ in self._unchecked() if _has_linter(one))

    @property
    def unrun(self) -> tuple[str, ...]:
        """The ids of rules that only other checks decide, none of which could run."""
        rows = self._unchecked()
        return tuple(one.applied.rule.id for one, result in rows if result.gap and not _has_linter(one))

    def _unchecked(self) -> list[tuple[Relevant, Checked]]:
        return [(one, result) for one, result in self.rows if not result.ran and not is_judged(one)]


def selection(rules: Sequence[AppliedRule], sides: Sides, *, every: bool = False) -> Selection:
    """Select rules for a change, and run their checks; `every` selects those that are passed over too."""
    rows: list[tuple[Relevant, Checked]] = []
    passed_over: list[tuple[Relevant, Checked]] = []
    for one in relevant_rules(rules, sides.change.files, sides.change.commits, sides.change.left_out):
        result = checked(one, sides)
        found = dict.fromkeys(finding.path for finding in result.findings if finding.path)
        if one.matched:
            rows.append((one, result))
        elif result.violated:
            rows.append((replace(one, files=tuple(found), because="a check found a violation"), result))
        elif result.withheld:
            rows.append((replace(one, files=(), because="a check could not examine a changed file"), result))
        elif every:
            rows.append((one, result))
        else:
            passed_over.append((one, result))
    rows.sort(key=lambda row: not row[1].findings)
    return Selection(rows=tuple(rows), passed_over=tuple(passed_over))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The subject of a review: the codex, the version of codexc, the day, and the commits."""

    codex: str
    title: str
    codexc: str
    day: str
    base: str | None
    head: str | None


def review(
    selected: Selection,
    change: Change,
    setting: Setting,
    weakened: Sequence[ReviewFinding],
    notes: Sequence[str],
    unread: Sequence[str] = (),
) -> Review:
    """Review a change. `weakened` are findings about the settings of the review itself.

    `unread` lists what could not be read of the change. If anything could not be read, or a blocking check could not
    examine a changed file, the review is inconclusive.
    """
    results = selected.rows
    found = in_order([finding for _, result in results for finding in result.findings])
    more = [f"only the first {MAX_FINDINGS:,} of {len(found):,} findings are kept"] if len(found) > MAX_FINDINGS else []
    findings = in_order((*weakened, *found[:MAX_FINDINGS]))
    complete = not (unread or any(result.withheld for _, result in results))
    return Review(
        codex=setting.codex,
        title=setting.title,
        codexc=setting.codexc,
        as_of=setting.day,
        base=setting.base,
        head=setting.head,
        decision=decision(findings, complete=complete),
        tier=change.tier,
        complete=complete,
        findings=findings,
        monitored=sum(result.monitored for _, result in results),
        waived=sum(result.waived for _, result in results),
        rules=tuple(_selected(one, result) for one, result in results),
        passed_over=tuple(one.applied.rule.id for one in selected.others),
        left_out=change.left_out,
        notes=(*unread, *notes, *_gaps(results), *more),
    )


def _gaps(results: Sequence[tuple[Relevant, Checked]]) -> Iterator[str]:
    """Yield a note for each changed file that checks could not examine."""
    ids: dict[str, list[str]] = {}
    for relevant, result in results:
        for gap in result.unread:
            ids.setdefault(gap, []).append(relevant.applied.rule.id)
    for gap, rules in ids.items():
        more = f" and {len(rules) - 1:,} more" if len(rules) > 1 else ""
        yield f"not assessed for {rules[0]}{more}: {gap}"


def in_order(findings: Sequence[ReviewFinding]) -> tuple[ReviewFinding, ...]:
    """Return findings: blocking ones first, then by place."""
    return tuple(sorted(findings, key=lambda one: (not one.blocks, one.path, one.line, one.column, one.id)))


def decision(findings: Sequence[ReviewFinding], *, complete: bool) -> Decision:
    """Return the decision for findings; `complete` is whether everything that may block was read."""
    if any(finding.blocks for finding in findings):
        return Decision.BLOCK
    if not complete:
        return Decision.INCONCLUSIVE
    return Decision.COMMENT if findings else Decision.APPROVE


def _selected(relevant: Relevant, result: Checked) -> SelectedRule:
    rule = relevant.applied.rule
    person = is_judged(relevant)
    words = {(True, True): "both", (True, False): "program", (False, True): "reviewer", (False, False): "nothing"}
    return SelectedRule(
        id=rule.id,
        blocking=rule.blocking,
        because=relevant.because,
        files=relevant.files,
        checked=words[result.ran, person],
        gap=result.gap,
    )


def is_judged(relevant: Relevant) -> bool:
    """Return whether a reviewer decides on a rule: it has a `judgement` check, or no check."""
    checks = relevant.applied.checks
    return not checks or any(check.kind is CheckKind.JUDGEMENT for check in checks)


def _has_linter(relevant: Relevant) -> bool:
    return any(check.kind is CheckKind.LINTER for check in relevant.applied.checks)


def with_further_rules(selected: Selection, reasons: Mapping[str, str]) -> Selection:
    """Return a selection with rules that are passed over, by id, and the reason to select each of them."""
    rows, passed_over = list(selected.rows), []
    for one, result in selected.passed_over:
        because = reasons.get(one.applied.rule.id)
        if because is None:
            passed_over.append((one, result))
        else:
            rows.append((replace(one, because=because, matched=True), result))
    rows.sort(key=lambda row: (not row[1].findings, order(row[0])))
    return Selection(rows=tuple(rows), passed_over=tuple(passed_over))


def with_selection(reviewed: Review, selected: Selection) -> Review:
    """Return a review with the rules of a larger selection, and with notes on what their checks could not examine."""
    known = {one.id for one in reviewed.rules}
    further = [row for row in selected.rows if row[0].applied.rule.id not in known]
    return replace(
        reviewed,
        rules=tuple(_selected(one, result) for one, result in selected.rows),
        passed_over=tuple(one.applied.rule.id for one in selected.others),
        notes=(*reviewed.notes, *_gaps(further)),
    )


def with_verdicts(
    reviewed: Review,
    findings: Sequence[ReviewFinding],
    *,
    complete: bool,
    notes: Sequence[str],
    asked: Sequence[str] = (),
) -> Review:
    """Return a review with what a reviewer found. An answer that is not complete is inconclusive, unless it blocks.

    What another reviewer has found already is kept as it is. `asked` is what has now been asked.
    """
    known = {(one.fingerprint, one.line) for one in reviewed.findings}
    further = (one for one in findings if (one.fingerprint, one.line) not in known)
    merged = in_order((*reviewed.findings, *further))
    whole = complete and reviewed.complete
    return replace(
        reviewed,
        findings=merged,
        complete=whole,
        decision=decision(merged, complete=whole),
        asked=tuple(sorted({*reviewed.asked, *asked})),
        notes=(*reviewed.notes, *notes),
    )


def text_of_patch(lines: Sequence[tuple[int, str]]) -> str | Gap:
    """Return the text of a file of which only the lines of a patch are known: the others are empty."""
    if not lines:
        return ""
    last = max(number for number, _ in lines)
    if last > 1_000_000:
        return Gap(path="", why="the line numbers are too large")
    texts = [""] * last
    for number, text in lines:
        texts[number - 1] = text
    return "\n".join(texts) + "\n"
