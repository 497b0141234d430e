"""Gives every line of a parsed file its owner, a rule or a section, and cuts their texts out."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.standard import Form, Link, Rule, Section
from skills_build.source.candidates import Candidate, cut_candidate, find_candidates, visible_text
from skills_build.source.dialect import Dialect
from skills_build.source.document import Block
from skills_build.source.markdown import ParsedMarkdown
from skills_build.source.rules import Mark, RuleReader
from skills_build.source.slug import SLUGGERS, numbered

_MARKED: Final = re.compile(r"\(([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?)\)\s*$")
_HTML_ID: Final = re.compile(r"<[^<>]*?\s(?:id|name)\s*=\s*[\"']([^\"'<>]+)[\"']")


class Assembler:
    """Gives every line of a file its owner, a rule or a section, and cuts their texts out."""

    def __init__(self, lines: Sequence[str], parsed: ParsedMarkdown, front_last: int, dialect: Dialect) -> None:
        self._lines = lines
        self._blocks = parsed.blocks
        self._front_last = front_last
        self._dialect = dialect
        headings = [b for top in parsed.blocks for b in top.walk() if b.kind == "heading" and b.inline]
        slugger = SLUGGERS[dialect.links.slugger]
        joiner = "_" if dialect.links.slugger == "mkdocs" else "-"
        fragments = numbered((slugger(visible_text(b.inline.text)) for b in headings if b.inline), joiner=joiner)
        self._fragments = dict(zip((b.first for b in headings), fragments, strict=True))
        self.anchors = (*fragments, *self._html_ids())
        found = (link for top in parsed.blocks for b in top.walk() if b.inline for link in b.inline.links)
        self.links = tuple(_on_site(link, dialect) for link in found)

    def _html_ids(self) -> list[str]:
        found: list[str] = []
        for top in self._blocks:
            for block in top.walk():
                text = block.text if block.kind == "html" else block.inline.text if block.inline else ""
                if "<" in text:
                    found.extend(_HTML_ID.findall(text))
        return found

    def assemble(self, path: str, reader: RuleReader) -> tuple[tuple[Rule, ...], tuple[Section, ...]]:
        """Read the file's rules, and its sections without them."""
        marks = self._marks(find_candidates(path, self._blocks, self._dialect, last_line=len(self._lines)), reader)
        units = cut_candidate([mark.unit for mark in marks])
        pairs = [(unit, reader.rule(replace(mark, unit=unit))) for unit, mark in zip(units, marks, strict=True)]
        owner = [-1] * (len(self._lines) + 2)
        for number, (unit, _) in enumerate(pairs):
            for line in range(unit.first, max(unit.last, unit.reach) + 1):
                owner[line] = number
        starts = self._sections(owner)
        links: dict[int, list[Link]] = defaultdict(list)
        for link in self.links:
            links[owner[link.span.line]].append(link)
        rules = tuple(
            replace(self._with_text(number, unit, rule, owner, starts), links=tuple(links[number]))
            for number, (unit, rule) in enumerate(pairs)
        )
        return rules, self._section_texts(starts, owner)

    def _marks(self, units: Iterable[Candidate], reader: RuleReader) -> list[Mark]:
        """Read the mark of each unit; a list item in the body of a rule is one only if it carries an id."""
        marks: list[Mark] = []
        around: list[Mark] = []
        taken: set[tuple[int, Span]] = set()
        for unit in units:
            while around and around[-1].unit.reach < unit.first:
                around.pop()
            place = (unit.first, unit.inline.span(unit.start, unit.start))
            if place in taken or _part_of(unit, around):
                continue
            mark = reader.mark(unit)
            if mark is None:
                continue
            taken.add(place)
            marks.append(mark)
            if unit.form is not Form.DOCUMENT:
                around.append(mark)
        return marks

    def _sections(self, owner: list[int]) -> list[tuple[int, Block | None]]:
        """The lines on which sections start, with their headings; the first starts after the front matter."""
        headings = [b for b in self._blocks if b.kind == "heading" and b.inline and owner[b.first] == -1]
        starts: list[tuple[int, Block | None]] = []
        if not headings or headings[0].first > self._front_last + 1:
            starts.append((self._front_last + 1, None))
        starts.extend((heading.first, heading) for heading in headings)
        if len(starts) > 1 and starts[0][1] is None and self._empty(starts[0][0], starts[1][0], owner):
            starts = starts[1:]
        return starts

    def _empty(self, first: int, stop: int, owner: list[int]) -> bool:
        return not any(self._lines[n - 1].strip() or owner[n] >= 0 for n in range(first, stop))

    def _section_texts(self, starts: list[tuple[int, Block | None]], owner: list[int]) -> tuple[Section, ...]:
        sections = []
        for number, (first, heading) in enumerate(starts):
            stop = starts[number + 1][0] if number + 1 < len(starts) else len(self._lines) + 1
            begin = heading.last + 1 if heading else first
            text, line = self._cut(begin, stop - 1, -1, owner)
            title = visible_text(heading.inline.text) if heading and heading.inline else ""
            anchor = self._fragments.get(heading.first, "") if heading else ""
            depth = heading.depth if heading else 1
            sections.append(Section(title=title, depth=depth, anchor=anchor, text=text, line=line))
        return tuple(sections) or (Section(title="", depth=1, anchor="", text="", line=1),)

    def _with_text(
        self, number: int, unit: Candidate, rule: Rule, owner: list[int], starts: list[tuple[int, Block | None]]
    ) -> Rule:
        body, line = self._cut(unit.last + 1, unit.reach, number, owner, column=unit.column)
        section = max(bisect_right(starts, unit.first, key=lambda start: start[0]) - 1, 0)
        own = unit.form in (Form.HEADING, Form.DOCUMENT)
        heading = starts[section][1] if starts else None
        above = heading.first if heading else 0
        return replace(
            rule,
            anchor=self._fragments.get(unit.first if own else above, ""),
            section=section,
            body=body,
            body_line=line,
            body_column=unit.column,
            end_line=max(unit.last, unit.reach),
        )

    def _cut(self, first: int, last: int, number: int, owner: list[int], *, column: int = 1) -> tuple[str, int]:
        """The lines from `first` to `last` that belong to `number`, others blank, and the line the text starts on."""
        filled = [n for n in range(first, last + 1) if owner[n] == number and self._lines[n - 1].strip()]
        if not filled:
            return "", first
        span = range(filled[0], filled[-1] + 1)
        kept = (self._lines[n - 1] if owner[n] == number else "" for n in span)
        return "\n".join(_dedented(line, column - 1) for line in kept), filled[0]


def _on_site(link: Link, dialect: Dialect) -> Link:
    """A link as the corpus's site resolves it: rewritten, and from the site's root where it starts with `/`."""
    rules = dialect.links
    if not rules.root and not rules.rewrites:
        return link
    target = link.target
    for step in rules.rewrites:
        target = re.sub(step.find, step.put, target)
    if rules.root and target.startswith("/") and not target.startswith("//"):
        target = f"/{rules.root.strip('/')}{target}"
    return link if target == link.target else replace(link, site=target)


def _dedented(line: str, width: int) -> str:
    return line[width:] if not line[:width].strip() else line.lstrip()


def _part_of(unit: Candidate, around: Sequence[Mark]) -> bool:
    """Whether a list item in a rule's body is no rule itself: without an id, or a lettered part (`SVC-3a`)."""
    if not around or unit.form is not Form.LIST_ITEM:
        return False
    marked = _MARKED.search(unit.text)
    return marked is None or any(outer.id == marked[1][:-1] and marked[1][-1].islower() for outer in around)
