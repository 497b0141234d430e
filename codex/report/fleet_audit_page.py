"""The audit of a fleet as a self-contained HTML page without scripts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from codex.audit.fleet_model import Campaign, Coverage, FleetAudit, RuleHealth, Scorecard
from codex.audit.model import State
from codex.report.fleet_audit import answers, campaign_line, compliance, errors, fleet_summary, reasons
from codex.report.page import Cell, Line, Table
from skills_build import inert
from skills_build.counts import counted
from skills_build.emit.render import Renderer

_TEMPLATE: Final = "fleet/page.html.j2"
MAX_ROWS: Final = 100
"""Maximum number of rows in a table."""
_DAYS: Final = 31
"""Number of days of a campaign that are shown: the first and the last ones."""
MAX_COLUMNS: Final = 40
"""Maximum number of rules in the matrix: those that are most often violated, waived or in error."""
_MARKS: Final[Mapping[State, str]] = {
    State.VIOLATED: "✗",
    State.ERROR: "!",
    State.PARTIAL: "~",
    State.WAIVED: "w",
    State.NOT_ASSESSED: "·",
    State.NOT_APPLICABLE: "",
    State.COMPLIANT: "✓",
}


def fleet_audit_page(audit: FleetAudit, templates: Mapping[str, str]) -> str:
    """Return the page."""
    tables = [
        _levels(audit),
        *(_campaign(one) for one in audit.campaigns),
        _health(audit),
        _owners(audit),
        _not_audited(audit),
        _errors(audit),
        _scorecards(audit),
        _matrix(audit),
        _violations(audit),
        _waivers(audit),
        _reasons(audit),
        _notes(audit),
    ]
    title = f"{audit.title} {audit.version}: fleet audit on {audit.as_of}"
    values = {"title": title, "summary": fleet_summary(audit), "tables": [one for one in tables if one is not None]}
    return Renderer(templates).render(_TEMPLATE, values)


def _table(
    title: str, columns: tuple[str, ...], lines: Iterable[Line], none: str, numbers: tuple[int, ...] = ()
) -> Table:
    rest = iter(lines)
    rows = tuple(islice(rest, MAX_ROWS))
    more = sum(1 for _ in rest)
    return Table(title=title, columns=columns, rows=rows, none=none, numbers=numbers, more=more)


def _line(*texts: object, late: bool = False) -> Line:
    return Line(cells=tuple(one if isinstance(one, Cell) else Cell(text=str(one)) for one in texts), late=late)


def _share(value: float | None) -> Cell:
    return Cell(text="nothing decided", share=0) if value is None else Cell(text=f"{value:.1f} %", share=value)


def _levels(audit: FleetAudit) -> Table:
    lines = (_line(one.name or "none", f"{one.repositories:,}", _share(one.share)) for one in audit.levels)
    return _table("Levels", ("Level", "Repositories", "Share"), lines, "No levels.", (1,))


def _scorecards(audit: FleetAudit) -> Table:
    cards = [card for card in audit.repositories if card.coverage == Coverage.AUDITED]
    worst = sorted(cards, key=lambda card: (compliance(card), -card.blocking, card.repository))
    lines = (
        _line(
            card.repository,
            card.owner,
            card.level or "none",
            f"{card.blocking:,}",
            f"{card.assessed:,}",
            f"{card.applies:,}",
            _share(card.share_compliant),
            _share(card.share_assessed),
            late=card.blocking > 0,
        )
        for card in worst
    )
    columns = (
        *("Repository", "Owner", "Level", "Blocking violations"),
        *("Rules assessed", "Rules that apply", "Share compliant", "Share assessed"),
    )
    return _table("Scorecards, lowest share first", columns, lines, "No repositories were audited.", (3, 4, 5))


def _not_audited(audit: FleetAudit) -> Table:
    order = (Coverage.FAILED, Coverage.QUEUED, Coverage.SKIPPED)
    rest = [card for coverage in order for card in audit.repositories if card.coverage == coverage]
    lines = (_line(card.repository, card.coverage, card.owner, card.reason) for card in rest)
    columns = ("Repository", "Outcome", "Owner", "Reason")
    return _table("Not audited", columns, lines, "Every repository was audited.")


def _errors(audit: FleetAudit) -> Table | None:
    lines = (_line(repository, one.rule, one.why, late=True) for repository, one in errors(audit))
    return _table("Errors", ("Repository", "Rule", "Reason"), lines, "") if errors(audit) else None


def _violations(audit: FleetAudit) -> Table:
    blocking = {rule.rule for rule in audit.rules if rule.blocking}
    lines = (
        _line(
            finding.rule,
            card.repository,
            f"{finding.places:,}",
            ", ".join(finding.first),
            late=finding.rule in blocking,
        )
        for card in audit.repositories
        for finding in card.findings
        if finding.state == State.VIOLATED
    )
    ordered = sorted(lines, key=lambda line: (not line.late, line.cells[0].text, line.cells[1].text))
    columns = ("Rule", "Repository", "Places", "First places")
    return _table("Violations, blocking rules first", columns, ordered, "No rules are violated.", (2,))


def _matrix(audit: FleetAudit) -> Table:
    rules = _worst_rules(audit.rules)
    cards = sorted(
        (card for card in audit.repositories if card.coverage == Coverage.AUDITED),
        key=lambda card: (compliance(card), card.repository),
    )
    lines = (_line(card.repository, *(_mark(card, rule) for rule in rules)) for card in cards)
    legend = ", ".join(f"{mark} {state}" for state, mark in _MARKS.items() if mark)
    left_out = counted(len(audit.rules) - len(rules), "rule")
    title = f"Rules and repositories ({legend}; not shown: {left_out} without violations)"
    if len(rules) == MAX_COLUMNS:
        title = f"Rules and repositories ({legend}; the {MAX_COLUMNS} rules with the most violations)"
    return replace(_table(title, ("Repository", *rules), lines if rules else (), "No rules are violated."), dense=True)


def _worst_rules(rules: Sequence[RuleHealth]) -> list[str]:
    counts = Counter({rule.rule: rule.violated + rule.waived + rule.error for rule in rules})
    worst = [rule for rule, count in counts.most_common(MAX_COLUMNS) if count]
    return [rule.rule for rule in rules if rule.rule in {*worst}]


def _mark(card: Scorecard, rule: str) -> str:
    state = card.states.get(rule)
    return _MARKS[State(state)] if state else ""


def _health(audit: FleetAudit) -> Table:
    assessed = [rule for rule in audit.rules if rule.assessed or rule.waived or rule.error or rule.reviews]
    worst = sorted(assessed, key=lambda rule: (-rule.violated, -rule.waived, rule.rule))
    lines = (
        _line(
            rule.rule,
            inert.line(rule.text, most=0),
            rule.owner,
            *(f"{count:,}" for count in (rule.applies, rule.assessed, rule.violated, rule.merged)),
            *(f"{count:,}" for count in (rule.waived, rule.contested, *answers(rule))),
            "never" if rule.never_fires else "",
            late=rule.blocking and rule.violated > 0,
        )
        for rule in worst
    )
    columns = (
        *("Rule", "Requirement", "Owner", "Applies", "Assessed", "Violated", "Merged nevertheless"),
        *("Waived", "Contested", "Won't fix", "Glass broken", "Fires"),
    )
    title = f"Rule health ({len(audit.rules) - len(assessed):,} rules never assessed are not shown)"
    return _table(title, columns, lines, "No rules were assessed.", tuple(range(3, 11)))


def _owners(audit: FleetAudit) -> Table:
    lines = (
        _line(
            one.owner or "none",
            *(f"{count:,}" for count in (one.rules, one.assessed, one.violated, one.violations)),
            *(f"{count:,}" for count in (one.waived, one.never_fires)),
        )
        for one in audit.owners
    )
    columns = ("Owner", "Rules", "Assessed", "Violated", "Violations", "Waived", "Never fire")
    return _table("Owners of rules", columns, lines, "No rule applies.", (1, 2, 3, 4, 5, 6))


def _waivers(audit: FleetAudit) -> Table:
    lines = (
        _line(
            one.repository,
            one.rule,
            one.owner,
            one.expires,
            one.reason,
            "in force" if one.in_force else one.problem,
            late=not one.in_force,
        )
        for one in audit.waivers
    )
    return _table("Waivers", ("Repository", "Rule", "Owner", "Last day", "Reason", "State"), lines, "No waivers.")


def _campaign(campaign: Campaign) -> Table:
    days = campaign.burn_down
    most = max((one.open for one in days), default=0) or 1
    shown = days if len(days) <= _DAYS else (days[0], *days[1 - _DAYS :])
    lines = (_line(one.day, f"{one.open:,}", Cell(share=100 * one.open / most)) for one in shown)
    title = campaign_line(campaign)
    table = _table(title[:1].upper() + title[1:], ("Day", "Open", "Burn-down"), lines, "No days recorded.", (1,))
    return replace(table, more=len(days) - len(shown))


def _reasons(audit: FleetAudit) -> Table:
    lines = (_line(why or "no reason", f"{count:,}") for why, count in reasons(audit))
    return _table("Why rules are not assessed", ("Reason", "Cases"), lines, "Every rule was assessed.", (1,))


def _notes(audit: FleetAudit) -> Table | None:
    lines = (_line(note) for note in audit.notes)
    return _table("Notes", ("Limitations of this audit",), lines, "") if audit.notes else None
