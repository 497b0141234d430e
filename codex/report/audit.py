"""An audit as text, JSON, Markdown and HTML, and as SARIF, GitLab and GitHub by the reports of diagnostics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from codex.audit.model import SCHEMA, Audit, AuditedRule, Evidence, State
from codex.audit.places import place
from codex.report import github, gitlab, sarif
from codex.report.as_json import document_as_json
from codex.report.page import Cell, Line, Table
from codex.report.text import printable
from skills_build import inert
from skills_build.counts import counted
from skills_build.diagnostics import Diagnostic, Finding, Severity, Span
from skills_build.emit.render import Renderer

_SHOWN: Final = 5
_ATTENTION: Final = (State.VIOLATED, State.ERROR, State.WAIVED, State.PARTIAL)
_ROWS: Final = 500
_TEMPLATE: Final = "fleet/page.html.j2"


def diagnostics_of(audit: Audit, *, waived: bool = False) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each place where a rule is violated, and for each rule that could not be assessed.

    With `waived`, also for the places where waived rules are violated.
    """
    states = (State.VIOLATED, State.ERROR, *((State.WAIVED,) if waived else ()))
    return tuple(d for rule in audit.rules if rule.state in states for d in _of_rule(rule))


def _of_rule(rule: AuditedRule) -> Iterator[Diagnostic]:
    severity = Severity.ERROR if rule.blocking else Severity.INFO if rule.level == "MAY" else Severity.WARNING
    if rule.state == State.ERROR:
        yield _diagnostic(rule, Evidence(path="", line=0, by="codexc"), rule.why, Severity.ERROR)
    for evidence in rule.evidence:
        yield _diagnostic(rule, evidence, evidence.text, severity)


def _diagnostic(rule: AuditedRule, evidence: Evidence, found: str, severity: Severity) -> Diagnostic:
    line, column = max(evidence.line, 1), max(evidence.column, 1)
    detail = f" ({found}; {evidence.by})" if found else f" ({evidence.by})"
    finding = Finding(
        code=rule.id,
        message=f"{inert.line(rule.text, most=0)}{detail}",
        path=evidence.path or ".",
        span=Span(line, column, line, column),
        help=inert.line(rule.remedy, most=0) if rule.remedy else None,
    )
    return Diagnostic(finding=finding, name=rule.id, severity=severity)


def render(audit: Audit, format_: str, templates: Mapping[str, str]) -> str:
    """Render an audit in a format of `codexc audit`."""
    if format_ == "html":
        return as_html(audit, templates)
    return _RENDERERS[format_](audit)


def as_text(audit: Audit, *, verbose: bool = False) -> str:
    """Return one block per rule that needs attention, then the counts. `verbose`: all rules."""
    lines: list[str] = []
    for rule in audit.rules:
        if verbose or rule.state in (State.VIOLATED, State.ERROR, State.WAIVED):
            lines += _block(rule)
    lines += [f"note: {note}" for note in audit.notes]
    return "".join(f"{printable(line)}\n" for line in (*lines, summary(audit)))


def _block(rule: AuditedRule) -> Iterator[str]:
    force = " (blocking)" if rule.blocking else ""
    yield f"{rule.state}: {rule.id} {inert.line(rule.text, most=0)}{force}"
    if rule.why:
        yield f"  = {inert.line(rule.why, most=0)}"
    for evidence in rule.evidence[:_SHOWN]:
        where, found = inert.line(place(evidence), most=0), inert.line(evidence.text or rule.id, most=0)
        yield f"  --> {where}: {found} [{evidence.by}]"
    if len(rule.evidence) > _SHOWN:
        yield f"  ... and {len(rule.evidence) - _SHOWN:,} more"
    if rule.remedy and rule.state == State.VIOLATED:
        yield f"  = help: {inert.line(rule.remedy, most=0)}"


def summary(audit: Audit) -> str:
    """Return the number of rules in each state, in one sentence."""
    counts = [f"{audit.count(state):,} {state}" for state in State if audit.count(state)]
    total = len(audit.rules)
    assessed = sum(audit.count(one) for one in (State.COMPLIANT, State.VIOLATED, State.PARTIAL))
    return (
        f"{counted(total, 'rule')} of {audit.title}: {', '.join(counts) or 'none'}; {assessed:,} of {total:,} assessed"
    )


def as_json(audit: Audit) -> str:
    """Return the audit as its schema describes (`codexc schema audit`)."""
    return document_as_json(SCHEMA, audit)


def as_sarif(audit: Audit) -> str:
    """Return a SARIF log whose rules are all rules that apply; waivers are suppressions."""
    suppressed = {rule.id: rule.why for rule in audit.rules if rule.state == State.WAIVED}
    gaps = [f"{rule.id}: {rule.why}" for rule in audit.rules if rule.state in (State.NOT_ASSESSED, State.PARTIAL)]
    found = diagnostics_of(audit, waived=True)
    rules = [_descriptor(rule) for rule in audit.rules]
    return sarif.log(found, rules, suppressed=suppressed, notifications=(*audit.notes, *gaps))


def _descriptor(rule: AuditedRule) -> dict[str, Any]:
    text = {"text": inert.line(rule.text, most=0)}
    help_ = {"text": inert.line(rule.remedy or rule.text, most=0)}
    level = "error" if rule.blocking else "warning"
    link = {"helpUri": rule.href} if rule.href else {}
    return {"id": rule.id, "shortDescription": text, "help": help_, **link, "defaultConfiguration": {"level": level}}


def as_markdown(audit: Audit) -> str:
    """Return a page for a job summary or a comment. Nothing of a repository renders as anything but text."""
    lines = [f"## {inert.text(audit.title)}: audit of {audit.as_of}", "", f"{inert.text(summary(audit))}.", ""]
    shown = [rule for state in _ATTENTION for rule in audit.rules if rule.state is state]
    if shown:
        lines += ["| rule | state | where | requirement |", "| --- | --- | --- | --- |"]
        lines += [_row(rule) for rule in shown]
    lines += ["", *(f"- {inert.text(note)}" for note in audit.notes)] if audit.notes else []
    return "\n".join(lines).rstrip() + "\n"


def _row(rule: AuditedRule) -> str:
    places = [inert.code_cell(place(one)) for one in rule.evidence[:_SHOWN]]
    more = len(rule.evidence) - _SHOWN
    where = "<br>".join((*places, *([f"and {more:,} more"] if more > 0 else []))) or inert.cell(rule.why)
    force = " (blocking)" if rule.blocking else ""
    return f"| {inert.code_cell(rule.id)} | {rule.state}{force} | {where} | {inert.cell(rule.text)} |"


def as_html(audit: Audit, templates: Mapping[str, str]) -> str:
    """Return a self-contained page without scripts."""
    notes = Table(
        title="Notes", columns=("note",), rows=tuple(Line(cells=(Cell(text=n),)) for n in audit.notes), none=""
    )
    states = (_table(audit, state) for state in State if audit.count(state))
    tables = [_counts(audit), *states, *([notes] if audit.notes else [])]
    values = {"title": f"{audit.title}: audit of {audit.as_of}", "summary": summary(audit), "tables": tables}
    return Renderer(templates).render(_TEMPLATE, values)


def _counts(audit: Audit) -> Table:
    total = max(len(audit.rules), 1)
    rows = tuple(
        Line(cells=(Cell(text=state), Cell(text=f"{audit.count(state):,}", share=100 * audit.count(state) / total)))
        for state in State
    )
    return Table(title="States", columns=("state", "rules"), rows=rows, none="no rules apply")


def _table(audit: Audit, state: State) -> Table:
    rules = [rule for rule in audit.rules if rule.state == state]
    rows = tuple(Line(cells=_cells(rule), late=rule.fails and rule.blocking) for rule in rules[:_ROWS])
    title = state.replace("-", " ").capitalize()
    columns = ("rule", "requirement", "where", "why", "owner")
    return Table(title=title, columns=columns, rows=rows, none="none", more=max(len(rules) - _ROWS, 0))


def _cells(rule: AuditedRule) -> tuple[Cell, ...]:
    where = ", ".join(place(one) for one in rule.evidence[:_SHOWN])
    more = f" and {len(rule.evidence) - _SHOWN:,} more" if len(rule.evidence) > _SHOWN else ""
    texts = (rule.id, inert.line(rule.text, most=0), where + more, rule.why, rule.owner or "")
    return tuple(Cell(text=text) for text in texts)


def as_gitlab(audit: Audit) -> str:
    """Return a code quality report of GitLab."""
    return gitlab.render(diagnostics_of(audit), {})


def as_github(audit: Audit) -> str:
    """Return workflow commands of GitHub Actions, and the summary as a notice."""
    return github.render(diagnostics_of(audit), {})


_RENDERERS: Final[Mapping[str, Callable[[Audit], str]]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "gitlab": as_gitlab,
    "github": as_github,
    "markdown": as_markdown,
}
