"""Turns marks into rules: the body of each rule, its labels, and the facts that labels state."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.model.standard import Label, Rule, Scope, Status, Tombstone
from skills_build.source.body import ONE_LINE, Reading, read_body
from skills_build.source.candidates import Candidate, visible_text
from skills_build.source.dialect import LABEL_COLUMNS, Dialect, TierRules
from skills_build.source.document import Inline
from skills_build.source.front_matter import FrontMatterFacts, audience, dated_status, deciders
from skills_build.source.label_findings import repeated_findings, unread_findings
from skills_build.source.label_values import (
    first_line,
    listed,
    missing_findings,
    read_scope,
    selected_by,
    signal_findings,
    value_findings,
)
from skills_build.source.labels import in_lines, label_names
from skills_build.source.marks import Mark, is_filled
from skills_build.source.near_labels import Unread
from skills_build.source.origins import read_origin
from skills_build.source.patterns import compile_pattern
from skills_build.source.slug import slug

_CELL_LABELS: Final = {"need": "when", "use": "use", "instead": "instead of", **{name: name for name in LABEL_COLUMNS}}

_ADVICE: Final = "write the label at the start of a line below the rule's sentence"
_ADVICE_ROW: Final = "write the label in its own column, or as code if it is only mentioned"
_IN_FORCE: Final = frozenset({Status.DRAFT, Status.APPROVED, Status.ENFORCED})


class RuleReader:
    """Reads the rules of one file. `findings` collects what is wrong with their bodies."""

    def __init__(self, path: str, facts: FrontMatterFacts, dialect: Dialect, lines: Sequence[str]) -> None:
        self._path = path
        self._facts = facts
        self._dialect = dialect
        self._lines = lines
        self.findings: list[Finding] = []
        self.configured: set[int] = set()
        """The lines of checks and of labels for programs."""

    def rule(self, mark: Mark, others: frozenset[int] = frozenset()) -> Rule:
        """Read the rule of a mark, with its body. `others` are the lines in its body that belong to other rules."""
        candidate, statement = mark.candidate, mark.statement
        lettered = statement.text.rstrip().endswith(":")
        strict, parts = self._dialect.document.strict, self._dialect.parts
        how = Reading(rules=parts, lettered=lettered, strict=strict, others=others)
        body = read_body(candidate.siblings, self._lines, how)
        unread = (*body.unread, *(_in_marks(candidate, label_names(parts)) if strict else ()))
        self.findings.extend(unread_findings(unread, path=self._path))
        self.configured |= body.configured
        rule = Rule(
            id=mark.id,
            id_span=mark.id_span,
            id_written=bool(mark.id),
            level=mark.level,
            level_span=mark.level_span,
            statement=statement.text,
            span=statement.span,
            mark=candidate.inline.span(candidate.lead, candidate.start + len(candidate.text.rstrip()))
            if not candidate.cells
            else statement.span,
            form=candidate.form,
            labels=(*_cell_labels(candidate), *body.labels),
            examples=body.examples,
            checks=body.checks,
            parts=body.parts,
            columns=tuple(
                (title, cell.inline.text)
                for title, cell in candidate.others
                if cell.inline and is_filled(cell.inline.text)
            ),
            keywords=mark.stated.keywords,
            stages=self._facts.stages,
        )
        tier = _tier(candidate)
        self._check_tier(candidate, tier)
        return self._with_label_facts(rule, tier)

    def _check_tier(self, candidate: Candidate, tier: str) -> None:
        """Report a tier that the dialect does not define, and an empty cell: the rule then applies to all tiers."""
        order, cell = self._dialect.tiers.order, dict(candidate.cells).get("tier")
        if not order or technologies_of(tier, self._dialect.tiers) or not (tier or cell):
            return
        inline = cell.inline if cell and cell.inline else candidate.inline
        listed = ", ".join(f"`{name}`" for name in order)
        message = f"`{tier}` is not a tier" if tier else "row has no tier"
        finding = Finding(
            code="CX041",
            message=f"{message}, so the rule applies to all tiers",
            path=self._path,
            span=inline.span(0, len(inline.text)),
            help=f"write one of {listed}, or add the tier to the `order` key of `[tiers]`",
        )
        self.findings.append(finding)

    def _with_label_facts(self, rule: Rule, tier: str) -> Rule:
        """Add the facts that labels state: status, withdrawal, scope, change."""
        self.findings.extend(value_findings(rule.labels, path=self._path))
        self.findings.extend(repeated_findings(rule.labels, path=self._path))
        scope = self._scope(rule.labels)
        if not scope.technologies:
            scope = replace(scope, technologies=technologies_of(tier, self._dialect.tiers))
        status = rule.label("status")
        withdrawn = rule.label("withdrawn")
        instead = rule.label("use instead")
        tombstone = None
        if withdrawn is not None:
            tombstone = Tombstone(date=first_line(withdrawn), use_instead=first_line(instead) if instead else None)
        if self._dialect.document.strict:
            own = dated_status(first_line(status), {}, "approved") if status else self._facts.status
            replaced = withdrawn is not None or not _IN_FORCE.issuperset({own.status, own.then or own.status})
            self.findings.extend(missing_findings(rule.labels, replaced=replaced, path=self._path))
        return replace(
            rule,
            scope=scope,
            status=dated_status(first_line(status), {}, self._facts.status.status.value) if status else None,
            tombstone=tombstone,
            change=first_line(rule.label("change") or "") or None,
            alias=first_line(rule.label("alias") or "") or None,
            maps_to=listed(rule.label("maps to") or ""),
            decided_by=deciders(listed(rule.label("decided by") or "")) or self._facts.decided_by,
            selected_by=selected_by(rule.label("selected by")) or self._selected_by(rule),
            audience=audience(first_line(rule.label("audience") or "")) or self._facts.audience,
            origin=read_origin(first_line(rule.label("origin") or ""), self._path) or self._facts.origin,
        )

    def _selected_by(self, rule: Rule) -> str:
        """Return the value in the front matter for a rule without the label."""
        value, place = self._facts.selected_by.get(rule.id, ("", rule.span))
        if value and rule.label("selected by") is None:
            self.findings.extend(signal_findings(value, path=self._path, place=place))
        return selected_by(value)

    def _scope(self, labels: Sequence[Label]) -> Scope:
        """Return where a rule applies; several labels add to each other, as several keys in one do."""
        scope = Scope()
        for label in labels:
            if label.name == "applies to":
                more, findings = read_scope(label, path=self._path)
                self.findings.extend(findings)
                scope = scope.joined(more)
        return scope


def _tier(candidate: Candidate) -> str:
    """Return the tier that a rule is of, as written: from its column, or from the group `tier` of its pattern."""
    cell = dict(candidate.cells).get("tier")
    if cell is not None and cell.inline:
        return visible_text(cell.inline.text)
    pattern = candidate.pattern.match
    match = compile_pattern(pattern).search(candidate.text) if "(?P<tier>" in pattern else None
    return (match["tier"] or "").strip() if match else ""


def technologies_of(tier: str, rules: TierRules) -> tuple[str, ...]:
    """Return the technologies of the tiers of a rule: its own and the higher ones, or all that it names."""
    words = frozenset(re.split(r"[\s,;/|+&]+", tier.strip().casefold()))
    named = [n for n, name in enumerate(rules.order) if name.casefold() in words or name.casefold() == tier.casefold()]
    chosen = range(named[0], len(rules.order)) if len(named) == 1 else named
    return tuple(rules.technology.replace("{tier}", slug(rules.order[n]) or str(n + 1)) for n in chosen)


def _in_marks(candidate: Candidate, names: Mapping[str, str]) -> Iterator[Unread]:
    """Yield the labels in the sentence of a rule, or in the cells of its row, where they are only text."""
    cells = [cell.inline for _, cell in (*candidate.cells, *candidate.others) if cell.inline]
    for inline in cells or (candidate.inline,):
        end = len(inline.text) if cells else candidate.end
        text, plain = inline.text[:end], inline.plain[:end]
        for lead in in_lines(text, plain, (), names, _ADVICE_ROW if cells else _ADVICE) if "**" in text else ():
            if cells or lead.start > candidate.lead:
                yield Unread(lead=lead, inline=inline)


def _cell_labels(candidate: Candidate) -> tuple[Label, ...]:
    """Return the cells of a row as labels."""
    return tuple(
        _cell_label(_CELL_LABELS[name], cell.inline)
        for name, cell in candidate.cells
        if name in _CELL_LABELS and cell.inline and is_filled(cell.inline.text)
    )


def _cell_label(name: str, inline: Inline) -> Label:
    span = inline.span(0, len(inline.text))
    return Label(name=name, text=inline.text, span=span, value=span if name in ONE_LINE else None)
