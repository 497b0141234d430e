"""From units to rules: level, id, statement and body, each with its place; what only looks like a rule is a finding."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from skills_build.diagnostics import Finding, Span
from skills_build.model.standard import Form, Keyword, Label, Level, Rule, Scope, Tombstone
from skills_build.source.body import Body, read_body, read_scope, unknown_labels
from skills_build.source.candidates import KEYWORD, Candidate, compile_pattern, visible_text
from skills_build.source.dialect import Dialect, level_named
from skills_build.source.front_matter import FrontMatterFacts, dated_status

_MARKED: Final = re.compile(r"\(([^()]{1,40})\)\s*$")
_CONTENTS: Final = re.compile(r"\s*\[.*\]\(.*\)[.;,]?\s*")
"""An entry of a contents list: it names a rule but is none."""
_STRIP: Final = " \t`*_"


@dataclass(frozen=True, slots=True)
class _Words:
    """A piece of a unit's text with its place."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Mark:
    """A unit that is a rule: its statement, level and id, before its body is read. An empty id is to be derived."""

    unit: Candidate
    statement: _Words
    level: Level
    level_span: Span | None
    id: str
    id_span: Span | None


class RuleReader:
    """Reads the units of one file. Findings collect in `findings`."""

    def __init__(self, path: str, facts: FrontMatterFacts, dialect: Dialect, lines: Sequence[str]) -> None:
        self._path = path
        self._facts = facts
        self._dialect = dialect
        self._lines = lines
        self.findings: list[Finding] = []

    def mark(self, unit: Candidate) -> Mark | None:
        """What marks a unit as a rule, or None where it is none."""
        if unit.pattern.skip and compile_pattern(unit.pattern.skip).search(unit.text):
            return None
        if unit.form is Form.ROW and unit.cells:
            return self._row(unit)
        match = compile_pattern(unit.pattern.match).search(unit.text) if unit.pattern.match else None
        if unit.pattern.match and match is None:
            self._nearly(unit)
            return None
        statement = self._statement(unit, match)
        level, level_span = self._level(unit, match, statement)
        if level is None or not statement.text:
            self._without_level(unit, match)
            return None
        identity = self._id(unit, match)
        if identity is None:
            return None
        return Mark(unit, statement, level, level_span, *identity)

    def _statement(self, unit: Candidate, match: re.Match[str] | None) -> _Words:
        groups = match.groupdict() if match else {}
        start, end = (0, len(unit.text))
        if match and groups.get("statement") is not None:
            start, end = match.span("statement")
        elif match and groups.get("id") is not None and match.end("id") >= len(unit.text.rstrip(" )")):
            end = match.start("id")
        text = unit.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        return _Words(re.sub(r"\s+", " ", text), unit.inline.span(unit.start + start, unit.start + start + len(text)))

    def _level(
        self, unit: Candidate, match: re.Match[str] | None, statement: _Words
    ) -> tuple[Level | None, Span | None]:
        rules = self._dialect.level
        if match and match.groupdict().get("level"):
            span = unit.inline.span(unit.start + match.start("level"), unit.start + match.end("level"))
            word = match["level"] + (" NOT" if re.match(r"\s+NOT\b", unit.text[match.end("level") :]) else "")
            level = self._mapped(word) or self._mapped(match["level"])
            if level:
                return level, span
        if level := self._by_verb(statement.text):
            return level, None
        if level := self._by_heading(unit):
            return level, None
        if rules.keywords and (keyword := KEYWORD.search(unit.plain)):
            span = unit.inline.span(unit.start + keyword.start(), unit.start + keyword.end())
            return Level(re.sub(r"\s+", " ", keyword[0])), span
        return level_named(unit.pattern.level or rules.default), None

    def _mapped(self, word: str) -> Level | None:
        names = self._dialect.level.map
        found = names.get(word)
        if found is None and self._dialect.level.ignore_case:
            found = next((v for k, v in names.items() if k.lower() == word.lower()), None)
        return level_named(found if found is not None else word)

    def _by_verb(self, statement: str) -> Level | None:
        flags = re.IGNORECASE if self._dialect.level.ignore_case else 0
        words = statement.lstrip(_STRIP)
        for verb, level in self._dialect.level.verbs.items():
            if re.match(rf"(?:{verb})(?!\w)", words, flags):
                return level_named(level)
        return None

    def _by_heading(self, unit: Candidate) -> Level | None:
        for heading in reversed(unit.above):
            for pattern, level in self._dialect.level.headings.items():
                if compile_pattern(pattern).search(heading.text):
                    return level_named(level)
        return None

    def _id(self, unit: Candidate, match: re.Match[str] | None) -> tuple[str, Span | None] | None:
        """The id written at a unit; the empty string where one is to be derived; None where one is missing."""
        if match and match.groupdict().get("id"):
            span = unit.inline.span(unit.start + match.start("id"), unit.start + match.end("id"))
            return self._checked_id(match["id"].strip(_STRIP), span)
        if unit.form is Form.DOCUMENT and self._facts.id_span:
            return self._checked_id(self._facts.id, self._facts.id_span)
        if self._dialect.id.mode == "explicit":
            self._missing_id(unit)
            return None
        return "", None

    def _checked_id(self, text: str, span: Span) -> tuple[str, Span | None] | None:
        rules = self._dialect.id
        if not compile_pattern(rules.pattern).fullmatch(text):
            help_ = f"an id is `{self._facts.id}-` and a number, such as `{self._facts.id}-1`"
            self._find("CX102", f"rule id `{text}` is malformed", span, help_)
            return None if self._dialect.id.mode == "explicit" else ("", None)
        return rules.prefix + text, span

    def _row(self, unit: Candidate) -> Mark | None:
        cells = {name: cell.inline.text.strip() if cell.inline else "" for name, cell in unit.cells}
        if unit.pattern.match and not compile_pattern(unit.pattern.match).search(cells.get("statement", unit.text)):
            return None
        statement = cells.get("statement") or _choice(cells)
        level, identity = self._row_level(unit, cells, statement), self._row_id(unit, cells)
        if not statement or level is None or identity is None:
            return None
        span = Span(unit.first, 1, unit.last, len(self._lines[unit.last - 1]) + 1)
        words = _Words(re.sub(r"\s+", " ", statement), span)
        return Mark(unit, words, level, self._cell_span(unit, "level"), *identity)

    def _row_level(self, unit: Candidate, cells: dict[str, str], statement: str) -> Level | None:
        written = cells.get("level", "").strip(_STRIP)
        level = self._mapped(written) if written else None
        if level is None and "level" not in cells:
            level = self._by_verb(statement) or self._by_heading(unit)
            keyword = KEYWORD.search(unit.plain) if level is None and self._dialect.level.keywords else None
            level = level or (Level(keyword[0]) if keyword else None)
        level = level or level_named(unit.pattern.level or self._dialect.level.default)
        if level is None and self._dialect.id.mode == "explicit":
            message = f"`{written}` is not a level" if written else "row has no level"
            place = self._cell_span(unit, "level") or Span(unit.first, 1, unit.last, 1)
            self._find("CX019", message, place, "write MUST, MUST NOT, SHOULD, SHOULD NOT or MAY")
        return level

    def _row_id(self, unit: Candidate, cells: dict[str, str]) -> tuple[str, Span | None] | None:
        written = visible_text(cells.get("id", ""))
        if written:
            return self._checked_id(written, self._cell_span(unit, "id") or Span(unit.first, 1, unit.last, 1))
        if self._dialect.id.mode == "explicit":
            self._find("CX019", "row has no id", Span(unit.first, 1, unit.last, 2), "give each choice its own id")
            return None
        return "", None

    def _cell_span(self, unit: Candidate, name: str) -> Span | None:
        cell = dict(unit.cells).get(name)
        return cell.inline.span(0, len(cell.inline.text)) if cell and cell.inline else None

    def rule(self, mark: Mark) -> Rule:
        """The rule at a mark, with the body that its unit has."""
        unit, statement = mark.unit, mark.statement
        lettered = statement.text.rstrip().endswith(":")
        body = read_body(unit.siblings, self._lines, self._dialect.parts, lettered=lettered)
        if self._dialect.document.front_matter == "strict":
            self.findings.extend(unknown_labels(unit.siblings, self._dialect.parts, path=self._path))
        rule = Rule(
            id=mark.id,
            id_span=mark.id_span,
            id_written=bool(mark.id),
            level=mark.level,
            level_span=mark.level_span,
            statement=statement.text,
            span=statement.span,
            mark=unit.inline.span(unit.start, unit.start + len(unit.text.rstrip()))
            if not unit.cells
            else statement.span,
            form=unit.form,
            labels=(*_cell_labels(unit), *body.labels),
            examples=body.examples,
            parts=body.parts,
            keywords=_keywords(unit),
            stages=self._facts.stages,
        )
        return self._labelled(rule, body)

    def _labelled(self, rule: Rule, body: Body) -> Rule:
        """Read the labels that are facts: status, withdrawal, applicability, change."""
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
            tombstone = Tombstone(date=_bare(withdrawn), use_instead=_bare(instead) if instead else None)
        return replace(
            rule,
            scope=scope,
            status=dated_status(_bare(status), {}, self._facts.status.status.value) if status else None,
            tombstone=tombstone,
            change=_bare(rule.label("change") or "") or None,
        )

    def _nearly(self, unit: Candidate) -> None:
        """Report a unit that has a keyword but not the form that its dialect asks for."""
        if self._dialect.id.mode != "explicit" or not KEYWORD.search(unit.plain) or _CONTENTS.fullmatch(unit.text):
            return
        marked = _MARKED.search(unit.text)
        if marked and _looks_like_id(marked[1], self._facts.id):
            at = unit.start + marked.start(1)
            help_ = f"an id is `{self._facts.id}-` and a number, such as `{self._facts.id}-1`"
            self._find("CX102", f"rule id `{marked[1]}` is malformed", unit.inline.span(at, at + len(marked[1])), help_)
        else:
            self._missing_id(unit)

    def _missing_id(self, unit: Candidate) -> None:
        keyword = KEYWORD.search(unit.plain)
        start, end = (keyword.start(), keyword.end()) if keyword else (0, len(unit.text))
        span = unit.inline.span(unit.start + start, unit.start + end)
        word = keyword[0] if keyword else "a level"
        help_ = f"end it with an id in brackets, such as `({self._facts.id}-1)`"
        self._find("CX101", f"{unit.form.value.replace('-', ' ')} says {word} but has no rule id", span, help_)

    def _without_level(self, unit: Candidate, match: re.Match[str] | None) -> None:
        if self._dialect.id.mode != "explicit" or not match or not match.groupdict().get("id"):
            return
        if not match["id"].startswith(f"{self._facts.id}-"):
            return
        span = unit.inline.span(unit.start, unit.start + len(unit.text))
        help_ = "add a level in upper case: MUST, MUST NOT, SHOULD, SHOULD NOT or MAY"
        self._find("CX020", f"`{match['id']}` has no level, so it is not a rule", span, help_)

    def _find(self, code: str, message: str, span: Span, help_: str) -> None:
        self.findings.append(Finding(code=code, message=message, path=self._path, span=span, help=help_))


def _bare(text: str) -> str:
    return text.split("\n")[0].strip().strip("`").rstrip(".").strip()


def _looks_like_id(text: str, prefix: str) -> bool:
    return text.upper().replace(" ", "-").startswith(prefix.upper()) or bool(
        re.fullmatch(r"[A-Za-z]+[-_ ]?\d+\w?", text)
    )


def _choice(cells: dict[str, str]) -> str:
    """The sentence of a choices row: "If you need X, use Y instead of Z"."""
    if not cells.get("need") or not cells.get("use"):
        return ""
    instead = f" instead of {cells['instead']}" if _filled(cells.get("instead", "")) else ""
    return f"If you need {cells['need']}, use {cells['use']}{instead}"


def _filled(cell: str) -> bool:
    """Whether a cell says something: authors write a dash for nothing."""
    return bool(cell.strip("-\N{EN DASH}\N{EM DASH} "))


_CELL_LABELS: Final = {
    "need": "when",
    "use": "use",
    "instead": "instead of",
    "why": "why",
    "when": "when",
    "see": "see",
}


def _cell_labels(unit: Candidate) -> tuple[Label, ...]:
    """The cells of a choices row as the labels they stand for."""
    return tuple(
        Label(name=_CELL_LABELS[name], text=cell.inline.text, span=cell.inline.span(0, len(cell.inline.text)))
        for name, cell in unit.cells
        if name in _CELL_LABELS and cell.inline and _filled(cell.inline.text)
    )


def _keywords(unit: Candidate) -> tuple[Keyword, ...]:
    if unit.form is Form.ROW:
        return ()
    return tuple(
        Keyword(word=m[0], span=unit.inline.span(unit.start + m.start(), unit.start + m.end()))
        for m in KEYWORD.finditer(unit.plain)
    )
