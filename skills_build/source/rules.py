"""Turns marks into rules: the body of each rule, its labels, and the facts that labels state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.model.standard import Label, Rule, Scope, Tombstone
from skills_build.source.body import Body, Reading, label_names, read_body
from skills_build.source.candidates import Candidate
from skills_build.source.dialect import Dialect
from skills_build.source.front_matter import FrontMatterFacts, dated_status
from skills_build.source.label_values import first_line, read_scope, value_findings
from skills_build.source.labels import misread_labels
from skills_build.source.marks import Mark, is_filled

_CELL_LABELS: Final = {
    "need": "when",
    "use": "use",
    "instead": "instead of",
    "why": "why",
    "when": "when",
    "see": "see",
}


class RuleReader:
    """Reads the rules of one file. `findings` collects what is wrong with their bodies."""

    def __init__(self, path: str, facts: FrontMatterFacts, dialect: Dialect, lines: Sequence[str]) -> None:
        self._path = path
        self._facts = facts
        self._dialect = dialect
        self._lines = lines
        self.findings: list[Finding] = []

    def rule(self, mark: Mark, others: frozenset[int] = frozenset()) -> Rule:
        """Read the rule of a mark, with its body. `others` are the lines in its body that belong to other rules."""
        candidate, statement = mark.candidate, mark.statement
        lettered = statement.text.rstrip().endswith(":")
        strict, parts = self._dialect.document.front_matter == "strict", self._dialect.parts
        how = Reading(rules=parts, lettered=lettered, strict=strict, others=others)
        body = read_body(candidate.siblings, self._lines, how)
        if strict:
            own = [block for block in candidate.siblings if block.first not in others]
            self.findings.extend(misread_labels(own, label_names(parts), path=self._path))
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
            parts=body.parts,
            columns=tuple(
                (title, cell.inline.text)
                for title, cell in candidate.others
                if cell.inline and is_filled(cell.inline.text)
            ),
            keywords=mark.stated.keywords,
            stages=self._facts.stages,
        )
        return self._with_label_facts(rule, body)

    def _with_label_facts(self, rule: Rule, body: Body) -> Rule:
        """Add the facts that labels state: status, withdrawal, scope, change."""
        self.findings.extend(value_findings(body.labels, path=self._path))
        scope = Scope()
        for label in body.labels:
            if label.name == "applies to":
                scope, findings = read_scope(label, path=self._path)
                self.findings.extend(findings)
        status = rule.label("status")
        withdrawn = rule.label("withdrawn")
        instead = rule.label("use instead")
        tombstone = None
        if withdrawn is not None:
            tombstone = Tombstone(date=first_line(withdrawn), use_instead=first_line(instead) if instead else None)
        return replace(
            rule,
            scope=scope,
            status=dated_status(first_line(status), {}, self._facts.status.status.value) if status else None,
            tombstone=tombstone,
            change=first_line(rule.label("change") or "") or None,
            alias=first_line(rule.label("alias") or "") or None,
        )


def _cell_labels(candidate: Candidate) -> tuple[Label, ...]:
    """Return the cells of a choices row as labels."""
    return tuple(
        Label(name=_CELL_LABELS[name], text=cell.inline.text, span=cell.inline.span(0, len(cell.inline.text)))
        for name, cell in candidate.cells
        if name in _CELL_LABELS and cell.inline and is_filled(cell.inline.text)
    )
