"""Recognises rules among candidates: statement, level and id. What only resembles a rule is a finding."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.counts import counted
from skills_build.diagnostics import Finding, Span
from skills_build.frozen import dataclass
from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import Form, Level
from skills_build.source.attributes import without_attributes
from skills_build.source.candidates import Candidate, visible_text
from skills_build.source.dialect import Dialect
from skills_build.source.dialect_misses import id_without_level, near_dialect, unmapped_level
from skills_build.source.front_matter import FrontMatterFacts
from skills_build.source.hypertext import inline
from skills_build.source.level_reader import LevelReader, StatedLevel
from skills_build.source.levels import STRUCK_OUT, LevelWord, is_struck_out, level_named, read_levels
from skills_build.source.near_misses import NearMissFinder
from skills_build.source.patterns import compile_pattern
from skills_build.source.sentences import Sentence, sentence
from skills_build.source.spelling import Spelling

_OPEN_ENDED: Final = (Form.HEADING, Form.PARAGRAPH)
"""Forms of rules whose body extends to the next heading."""
_ROW_GROUPS: Final = ("id", "statement", "level")
_TITLES: Final = {"need": "If you need", "use": "Use", "statement": "Statement"}
"""The columns that a row cannot lack, with their usual titles."""
_STATING: Final = ("need", "use", "statement", "id")
_STRIP: Final = " \t`*_"
_LEVEL_IN_CODE: Final = re.compile(r"`[^`\n]*\b(?P<level>(?:MUST|SHALL|SHOULD)(?: NOT)?|MAY)\b[^`\n]*`")
_DELIMITER: Final = re.compile(r"[\s>]*+\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)*\|?\s*+")
"""The row below the titles of a table."""
_BAR: Final = re.compile(r"(?<!\\)\|")
"""What separates two cells."""


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of a candidate's text with its place."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Mark:
    """A candidate that is a rule, with its statement, level and id. An empty id is derived later."""

    candidate: Candidate
    statement: Words
    stated: StatedLevel
    level: Level
    level_span: Span | None
    id: str
    id_span: Span | None
    markers: tuple[tuple[int, int], ...] = ()
    """The parts of the inline text that mark the rule and are not part of its sentence."""


_PLACEHOLDERS: Final = (
    (
        re.compile(
            r"[\u3003\u2033\u201d\u201e\"'\u2191^]{1,2}|ditto|idem|dito"
            r"|(?:the )?same(?: as)?(?: above)?|(?:as|see) above",
            re.IGNORECASE,
        ),
        "repeat the text of the cell above",
    ),
    (re.compile(r"n\W?a\W?|none|nothing|not applicable", re.IGNORECASE), "leave the cell empty, or write `-`"),
)
"""What authors write in a cell for the one above it, and for none."""

_NOT_TO_USE: Final = re.compile(r"(?:not|never|no\slonger|do\snot|don['’]t|avoid)\s", re.IGNORECASE)
"""The start of a cell that says what not to use, behind the word `use`."""


class MarkReader:
    """Reads the candidates of one file. `findings` collects their problems, `misses` text that is not a rule."""

    def __init__(
        self, path: str, facts: FrontMatterFacts, dialect: Dialect, lines: Sequence[str], finder: NearMissFinder
    ) -> None:
        self._path = path
        self._facts = facts
        self._dialect = dialect
        self._lines = lines
        self._levels = LevelReader(dialect)
        self._spelling = Spelling(path, dialect)
        self._finder = finder
        self.findings: list[Finding] = []
        self.misses: list[NearMiss] = []
        self.without_level = 0
        """The number of blocks that the patterns match and that have no level."""

    @property
    def derives_ids(self) -> bool:
        """Whether a rule without a written id gets one."""
        return self._dialect.id.mode != "explicit"

    def written_id(self, candidate: Candidate) -> str:
        """Return the id that a candidate's text has by its pattern; the empty string if it has none."""
        pattern = candidate.pattern.match
        match = compile_pattern(pattern).search(candidate.text) if "(?P<id>" in pattern else None
        id_ = (match["id"] or "").strip(_STRIP) if match else ""
        return self._dialect.id.prefix + id_ if compile_pattern(self._dialect.id.pattern).fullmatch(id_) else ""

    def states_level(self, candidate: Candidate) -> bool:
        """Return whether the text of a candidate states a level itself, not only a heading or a default."""
        pattern = candidate.pattern.match
        match = compile_pattern(pattern).search(candidate.text) if pattern else None
        if pattern and match is None:
            return False
        return self._levels.states(candidate, match, self._sentence(candidate, match).text)

    def mark(self, candidate: Candidate) -> Mark | None:
        """Return the mark of a candidate; None if it is not a rule."""
        if candidate.pattern.skip and compile_pattern(candidate.pattern.skip).search(candidate.text):
            return None
        if candidate.form is Form.ROW and candidate.pattern.at == "row":
            return self._row(candidate)
        match = compile_pattern(candidate.pattern.match).search(candidate.text) if candidate.pattern.match else None
        if candidate.pattern.match and match is None:
            miss = self._finder.of_candidate(candidate) if not self.derives_ids else None
            if miss is None and not self._dialect.document.strict:
                miss = near_dialect(candidate, self._finder.forms, self._dialect)
            self.misses.extend([miss] if miss else [])
            return None
        found = self._sentence(candidate, match)
        start = candidate.lead
        statement = Words(found.text, candidate.inline.span(start + found.start, start + found.end))
        stated = self._levels.of_text(candidate, match, statement.text)
        if stated.level is None or not statement.text:
            if stated.doubt:
                self.findings.append(self._spelling.doubtful(stated.doubt, candidate, statement.span))
            else:
                if not self._report_missing_level(candidate, match):
                    self.misses.extend(self._without_level(candidate, match))
                self.without_level += stated.level is None
            return None
        identity = self._id(candidate, match)
        markers = tuple((start + a, start + b) for a, b in found.markers)
        return replace(self._mark(candidate, statement, stated, identity), markers=markers) if identity else None

    def _mark(
        self, candidate: Candidate, statement: Words, stated: StatedLevel, identity: tuple[str, Span | None]
    ) -> Mark:
        assert stated.level is not None
        word = stated.word
        span = candidate.inline.span(candidate.start + word.start, candidate.start + word.end) if word else None
        if candidate.cells:
            span = self._cell_span(candidate, "level")
        self.findings.extend(self._spelling.findings(stated, span, statement.span))
        self.findings.extend(self._spelling.in_code(stated, candidate))
        against = (self._spelling.against_lead_in, self._spelling.against_context)
        found = next((list_ for check in against if (list_ := [*check(stated, candidate, span or statement.span)])), [])
        self.findings.extend(found)
        return Mark(candidate, statement, stated, stated.level, span, *identity)

    def _sentence(self, candidate: Candidate, match: re.Match[str] | None) -> Sentence:
        lead = candidate.inline.text[candidate.lead : candidate.start].replace("\n", " ")
        level = self._levels.mapped(match["level"]) if match and match.groupdict().get("level") else None
        found = sentence(lead, candidate.text, match, str(level or ""))
        if candidate.pattern.at == "html":
            return replace(found, text=inline(found.text).strip())
        if candidate.form is Form.HEADING and not self._dialect.document.strict:
            return replace(found, text=without_attributes(found.text).strip())
        return found

    def _id(self, candidate: Candidate, match: re.Match[str] | None) -> tuple[str, Span | None] | None:
        """Return the written id of a candidate, the empty string if the id is derived, or None if it is missing."""
        if match and match.groupdict().get("id"):
            span = candidate.inline.span(candidate.start + match.start("id"), candidate.start + match.end("id"))
            return self._checked_id(match["id"].strip(_STRIP), span)
        if candidate.form is Form.DOCUMENT and self._facts.id_span:
            return self._checked_id(self._facts.id, self._facts.id_span)
        if not self.derives_ids:
            self.misses.append(self._finder.without_id(candidate))
            return None
        return "", None

    def _checked_id(self, text: str, span: Span) -> tuple[str, Span | None] | None:
        rules = self._dialect.id
        if not compile_pattern(rules.pattern).fullmatch(text):
            self.misses.append(self._finder.malformed(text, span))
            return ("", None) if self.derives_ids else None
        return rules.prefix + text, span

    def _row(self, candidate: Candidate) -> Mark | None:
        cells = {name: cell.inline.text.strip() if cell.inline else "" for name, cell in candidate.cells}
        if candidate.pattern.match:
            whole = " | ".join(cell.inline.text.strip() for _, cell in candidate.others if cell.inline)
            text = cells.get("statement") or (candidate.text if cells else whole)
            match = compile_pattern(candidate.pattern.match).search(text)
            if match is None:
                return None
            groups = match.groupdict().items()
            cells |= {name: value.strip() for name, value in groups if value and name in _ROW_GROUPS}
            cells.setdefault("statement", text)
        if self._is_incomplete(candidate, cells):
            return None
        if self._has_other_cells(candidate, cells):
            return None
        self._report_placeholders(candidate, cells)
        statement = cells.get("statement") or _choice(cells)
        stated, identity = self._row_level(candidate, cells, statement), self._row_id(candidate, cells)
        self.without_level += bool(statement) and stated.level is None
        if self.derives_ids and stated.level is None and not stated.doubt and identity and identity[1]:
            self.misses.append(id_without_level(identity[0], identity[1], candidate.form))
        if not statement or stated.level is None or identity is None:
            return None
        span = Span(candidate.first, 1, candidate.last, len(self._lines[candidate.last - 1]) + 1)
        words = Words(re.sub(r"\s+", " ", statement), span)
        return self._mark(candidate, words, stated, identity)

    def _has_other_cells(self, candidate: Candidate, cells: dict[str, str]) -> bool:
        """Report a row whose level or id is wrong because it has more or fewer cells than the table has columns."""
        level, id_ = cells.get("level", ""), visible_text(cells.get("id", ""))
        moved = (is_filled(level) and level_named(level) is None and not read_levels(level, any_case=True)) or (
            is_filled(id_) and not compile_pattern(self._dialect.id.pattern).fullmatch(id_)
        )
        if self.derives_ids or not moved:
            return False
        above = reversed(self._lines[: candidate.first - 1])
        columns = next((_cells(line) for line in above if _DELIMITER.fullmatch(line)), 0)
        count = _cells(self._lines[candidate.first - 1])
        if not columns or count == columns or candidate.first != candidate.last:
            return False
        span = Span(candidate.first, 1, candidate.last, len(self._lines[candidate.last - 1]) + 1)
        help_ = (
            "write `\\|` for each `|` that is part of a text, also in code"
            if count > columns
            else "add the missing cells"
        )
        message = f"row has {counted(count, 'cell')}, but its table has {counted(columns, 'column')}"
        self._report("CX019", message, span, help_)
        return True

    def _is_incomplete(self, candidate: Candidate, cells: dict[str, str]) -> bool:
        """Report a row that is empty, struck out or lacks what to do, and return whether it is so.

        Where ids are derived, other rows of a table may be no rules.
        """
        if self.derives_ids:
            return False
        row = Span(candidate.first, 1, candidate.last, len(self._lines[candidate.last - 1]) + 1)
        if not any(is_filled(cell) for cell in cells.values()):
            self._report("CX019", "row is empty", row, "remove the row, or fill in its cells")
            return True
        if struck := next((name for name in _STATING if is_struck_out(cells.get(name, ""))), None):
            place = self._cell_span(candidate, struck) or row
            word = LevelWord(visible_text(cells[struck]), 0, 0, None, STRUCK_OUT)
            self.findings.append(self._spelling.doubtful(word, candidate, place))
            return True
        empty = next((name for name in _TITLES if name in cells and not is_filled(cells[name])), None)
        if empty is None:
            return False
        if "|" not in self._lines[candidate.first - 1] and candidate.first == candidate.last:
            help_ = "leave an empty line above the text: a line directly below a table is read as a row"
            self._report("CX019", "text below the table is read as a row with missing cells", row, help_)
            return True
        help_ = (
            f"fill in the cell, or remove the row{' and withdraw its rule' if is_filled(cells.get('id', '')) else ''}"
        )
        self._report(
            "CX019", f"`{_TITLES[empty]}` is empty in this row", self._cell_span(candidate, empty) or row, help_
        )
        return True

    def _report_placeholders(self, candidate: Candidate, cells: dict[str, str]) -> None:
        """Report a cell that stands for the one above it or for none: its characters would be taken for its text."""
        if self.derives_ids:
            return
        for name in ("need", "use", "instead"):
            written = cells.get(name, "")
            help_ = next((help_ for pattern, help_ in _PLACEHOLDERS if pattern.fullmatch(written)), None)
            if help_:
                place = self._cell_span(candidate, name) or Span(candidate.first, 1, candidate.last, 1)
                self._report("CX041", f"`{written}` is read as the text of the cell", place, help_)
        if _NOT_TO_USE.match(written := cells.get("use", "")):
            place = self._cell_span(candidate, "use") or Span(candidate.first, 1, candidate.last, 1)
            help_ = "write what to use here and what not to use in an `Instead of` column, or write a MUST NOT rule"
            self._report("CX041", f"the sentence of this row is `{_choice(cells)}`", place, help_)

    def _row_level(self, candidate: Candidate, cells: dict[str, str], statement: str) -> StatedLevel:
        written = cells["level"].strip(_STRIP) if "level" in cells else None
        stated = self._levels.of_row(candidate, written, statement)
        if stated.doubt:
            place = self._cell_span(candidate, "level") or candidate.inline.span(0, 1)
            self.findings.append(self._spelling.doubtful(stated.doubt, candidate, place))
        elif stated.level is None and not self.derives_ids:
            message = f"`{written}` is not a level" if is_filled(written or "") else "row has no level"
            place = self._cell_span(candidate, "level") or Span(candidate.first, 1, candidate.last, 1)
            self._report("CX019", message, place, "write MUST, MUST NOT, SHOULD, SHOULD NOT or MAY")
        return stated

    def _row_id(self, candidate: Candidate, cells: dict[str, str]) -> tuple[str, Span | None] | None:
        written = visible_text(cells.get("id", ""))
        if is_filled(written):
            return self._checked_id(
                written, self._cell_span(candidate, "id") or Span(candidate.first, 1, candidate.last, 1)
            )
        if not self.derives_ids:
            span = self._cell_span(candidate, "id") or Span(candidate.first, 1, candidate.last, 2)
            help_ = "give each choice its own id, such as `{id}`"
            self.misses.append(NearMiss(code="CX019", message="row has no id", span=span, help=help_))
            return None
        return "", None

    def _cell_span(self, candidate: Candidate, name: str) -> Span | None:
        cell = dict(candidate.cells).get(name)
        return cell.inline.span(0, len(cell.inline.text)) if cell and cell.inline else None

    def _report_missing_level(self, candidate: Candidate, match: re.Match[str] | None) -> bool:
        id_ = match.groupdict().get("id") if match else None
        if self._dialect.id.mode != "explicit" or not id_:
            return False
        words = read_levels(candidate.text, candidate.plain, any_case=True)
        if not words and not id_.startswith(f"{self._facts.id}-"):
            return False
        start, end = (words[0].start, words[0].end) if words else (0, len(candidate.text))
        span = candidate.inline.span(candidate.start + start, candidate.start + end)
        message, help_ = f"`{id_}` has no level, so it is not a rule", "write MUST, MUST NOT, SHOULD, SHOULD NOT or MAY"
        if not words and (coded := _LEVEL_IN_CODE.search(candidate.text)):
            message = f"`{id_}` is not a rule, because its level `{coded['level']}` is in code"
            help_ = "remove the backticks around the level"
        if words and words[0].level and not words[0].word.isupper():
            message = f"`{id_}` is not a rule, because its level `{words[0].word}` is in lower case"
            help_ = f"write `{words[0].level}`"
        self._report("CX020", message, span, help_)
        return True

    def _without_level(self, candidate: Candidate, match: re.Match[str] | None) -> Iterator[NearMiss]:
        """Yield the near-miss of a block of another dialect that has an id, or a word for a level, but no level."""
        if unmapped := unmapped_level(candidate, match, self._dialect):
            yield unmapped
        elif not self._dialect.document.strict and match and match.groupdict().get("id"):
            id_ = match["id"].strip(_STRIP)
            if compile_pattern(self._dialect.id.pattern).fullmatch(id_):
                span = candidate.inline.span(candidate.start + match.start("id"), candidate.start + match.end("id"))
                yield id_without_level(self._dialect.id.prefix + id_, span, candidate.form)

    def _report(self, code: str, message: str, span: Span, help_: str) -> None:
        self.findings.append(Finding(code=code, message=message, path=self._path, span=span, help=help_))


def _choice(cells: dict[str, str]) -> str:
    """Return the statement of a choices row: "If you need X, use Y instead of Z"."""
    if not cells.get("need") or not cells.get("use"):
        return ""
    instead = f" instead of {cells['instead']}" if is_filled(cells.get("instead", "")) else ""
    return f"If you need {cells['need']}, use {cells['use']}{instead}"


def _cells(line: str) -> int:
    """Return the number of cells in a row."""
    inner = line.strip(" \t>").removeprefix("|").removesuffix("|")
    return len(_BAR.findall(inner)) + 1


def is_filled(cell: str) -> bool:
    """Return whether a cell has content. Authors write a dash in an empty cell."""
    return bool(cell.strip("-\N{EN DASH}\N{EM DASH} "))


def end_at_next_rule(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Shorten the body of each heading or paragraph rule so that it ends before the next such rule.

    `marks` are in the order of the file.
    """
    starts = sorted(mark.candidate.first for mark in marks if mark.candidate.form in _OPEN_ENDED)
    return tuple(replace(mark, candidate=_ended(mark.candidate, starts)) for mark in marks)


def _ended(candidate: Candidate, starts: Sequence[int]) -> Candidate:
    next_start = bisect_right(starts, candidate.last)
    if candidate.form not in _OPEN_ENDED or next_start == len(starts) or starts[next_start] > candidate.reach:
        return candidate
    siblings = tuple(block for block in candidate.siblings if block.first < starts[next_start])
    return replace(candidate, reach=starts[next_start] - 1, siblings=siblings)
