"""Assigns each line of a parsed file to a rule or a section, and extracts their texts."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from skills_build.diagnostics import Span
from skills_build.model.accounting import CONFIGURED, CONTEXT, SKIPPED
from skills_build.model.links import Link
from skills_build.model.standard import Form, Rule, Section
from skills_build.source.attributes import anchor_ids, without_attributes
from skills_build.source.candidates import Candidate, anchor_text, find_candidates, visible_text
from skills_build.source.dialect import Dialect
from skills_build.source.document import Block
from skills_build.source.footnotes import every_footnote, footnotes, notes_of, without_notes_of_others
from skills_build.source.markdown import ParsedMarkdown
from skills_build.source.marks import Mark, MarkReader, end_at_next_rule
from skills_build.source.patterns import compile_pattern, replaced
from skills_build.source.rules import RuleReader
from skills_build.source.slug import SLUGGERS, number_duplicates

Start: TypeAlias = tuple[int, Block | None]
"""The line on which a section starts or continues, and its heading."""
_HTML_ID: Final = re.compile(r"<[^<>]*?\s(?:id|name)\s*=\s*[\"']([^\"'<>]+)[\"']")


class Assembler:
    """Assigns each line of a file to a rule or a section, and extracts their texts."""

    def __init__(self, lines: Sequence[str], parsed: ParsedMarkdown, front_last: int, dialect: Dialect) -> None:
        self._lines = lines
        self._blocks = parsed.blocks
        self._front_last = front_last
        self._dialect = dialect
        headings = [b for top in parsed.blocks for b in top.walk() if b.kind == "heading" and b.inline]
        self._attributes = not dialect.document.strict
        fragments = self._heading_fragments(headings)
        self._fragments = dict(zip((b.first for b in headings), fragments, strict=True))
        self.marks: tuple[Mark, ...] = ()
        self.owner: list[int] = []
        self.starts: list[Start] = []
        self.anchors = (*fragments, *self._written_ids())
        links = (link for top in parsed.blocks for b in top.walk() if b.inline for link in b.inline.links)
        self.links = tuple(on_site(link, dialect) for link in links)

    def _heading_fragments(self, headings: Sequence[Block]) -> list[str]:
        """Return the fragment of each heading: the id that it gives itself, otherwise the one its site makes."""
        slugger = SLUGGERS[self._dialect.links.slugger]
        joiner = "_" if self._dialect.links.slugger == "mkdocs" else "-"
        titles = (anchor_text(self._heading_text(block)) for block in headings)
        made = number_duplicates((slugger(title) for title in titles), joiner=joiner)
        own = (anchor_ids(b.inline.text)[-1:] if self._attributes and b.inline else () for b in headings)
        return [ids[0] if ids else fragment for ids, fragment in zip(own, made, strict=True)]

    def _heading_text(self, heading: Block) -> str:
        text = heading.inline.text if heading.inline else ""
        return without_attributes(text) if self._attributes else text

    def _written_ids(self) -> list[str]:
        """Return the ids that HTML, and in other dialects attribute lists, give to places of the file."""
        ids: list[str] = []
        for top in self._blocks:
            for block in top.walk():
                text = block.text if block.kind == "html" else block.inline.text if block.inline else ""
                if "<" in text:
                    ids.extend(_HTML_ID.findall(text))
                if self._attributes and block.inline and block.kind != "heading":
                    ids.extend(anchor_ids(block.inline.plain))
        return ids

    def assemble(
        self, path: str, mark_reader: MarkReader, rule_reader: RuleReader
    ) -> tuple[tuple[Rule, ...], tuple[Section, ...]]:
        """Return the rules of the file, and its sections without the text of rules."""
        left_out = self._left_out()
        candidates = find_candidates(path, self._blocks, self._dialect, last_line=len(self._lines))
        kept = (one for one in candidates if one.first not in left_out)
        notes = footnotes(self._blocks)
        marks, apart = without_notes_of_others(end_at_next_rule(self._marks(kept, mark_reader)), notes, self._lines)
        cited = every_footnote(self._blocks)
        inside = _lines_of_nested(marks)
        pairs = [(mark.candidate, rule_reader.rule(mark, inside[number])) for number, mark in enumerate(marks)]
        owner = [CONTEXT] * (len(self._lines) + 2)
        for number, (candidate, _) in enumerate(pairs):
            for line in range(candidate.first, max(candidate.last, candidate.reach) + 1):
                owner[line] = number
        for line in apart:
            owner[line] = CONTEXT
        for line in left_out:
            owner[line] = SKIPPED
        for line in (*rule_reader.configured, *_heads_of_rules(self._blocks, marks)):
            owner[line] = CONFIGURED
        starts = with_resumed(self._sections(owner), [mark.candidate for mark in marks])
        self.marks, self.owner, self.starts = marks, owner, starts
        links: dict[int, list[Link]] = defaultdict(list)
        for link in self.links:
            links[owner[link.span.line]].append(link)
        rules = tuple(
            replace(
                self._with_text(number, candidate, rule, owner, starts),
                links=tuple(links[number]),
                footnotes=notes_of(candidate, cited, self._lines) if cited else (),
            )
            for number, (candidate, rule) in enumerate(pairs)
        )
        return rules, self._section_texts(starts, owner)

    def _left_out(self) -> frozenset[int]:
        """Return the lines of the sections that the dialect leaves out, with their headings."""
        patterns = [compile_pattern(title, re.IGNORECASE) for title in self._dialect.context.skip]
        lines: set[int] = set()
        depth = 0
        for place, block in enumerate(self._blocks if patterns else ()):
            if block.kind == "heading" and block.inline and not 0 < depth < block.depth:
                title = visible_text(self._heading_text(block))
                depth = block.depth if any(pattern.fullmatch(title) for pattern in patterns) else 0
            if depth:
                stop = self._blocks[place + 1].first if place + 1 < len(self._blocks) else len(self._lines) + 1
                lines.update(range(block.first, stop))
        return frozenset(lines)

    def _marks(self, candidates: Iterable[Candidate], reader: MarkReader) -> list[Mark]:
        """Read the mark of each candidate. A list item in the body of a rule may be only a part of it."""
        marks: list[Mark] = []
        enclosing: list[Mark] = []
        seen: set[tuple[int, Span]] = set()
        for candidate in candidates:
            while enclosing and enclosing[-1].candidate.reach < candidate.first:
                enclosing.pop()
            place = (candidate.first, candidate.inline.span(candidate.start, candidate.start))
            if place in seen or _part_of(candidate, enclosing, reader):
                continue
            mark = reader.mark(candidate)
            if mark is None:
                continue
            seen.add(place)
            marks.append(mark)
            if candidate.form is not Form.DOCUMENT:
                enclosing.append(mark)
        return marks

    def _sections(self, owner: list[int]) -> list[Start]:
        """Return the lines on which sections start, with their headings. The first starts after the front matter."""
        headings = [b for b in self._blocks if b.kind == "heading" and b.inline and owner[b.first] == CONTEXT]
        starts: list[Start] = []
        if not headings or headings[0].first > self._front_last + 1:
            starts.append((self._front_last + 1, None))
        starts.extend((heading.first, heading) for heading in headings)
        if len(starts) > 1 and starts[0][1] is None and self._empty(starts[0][0], starts[1][0], owner):
            starts = starts[1:]
        return starts

    def _empty(self, first: int, stop: int, owner: list[int]) -> bool:
        return not any(self._lines[n - 1].strip() or owner[n] >= 0 for n in range(first, stop))

    def _section_texts(self, starts: list[Start], owner: list[int]) -> tuple[Section, ...]:
        sections = []
        opened: dict[int, int] = {}
        for number, (first, heading) in enumerate(starts):
            stop = starts[number + 1][0] if number + 1 < len(starts) else len(self._lines) + 1
            resumes = opened.get(id(heading))
            opened.setdefault(id(heading), number)
            begin = heading.last + 1 if heading and resumes is None else first
            text, line = self._cut(begin, stop - 1, CONTEXT, owner)
            title = visible_text(self._heading_text(heading)) if heading else ""
            anchor = self._fragments.get(heading.first, "") if heading else ""
            depth = heading.depth if heading else 1
            sections.append(Section(title=title, depth=depth, anchor=anchor, text=text, line=line, resumes=resumes))
        return tuple(sections) or (Section(title="", depth=1, anchor="", text="", line=1),)

    def _with_text(self, number: int, candidate: Candidate, rule: Rule, owner: list[int], starts: list[Start]) -> Rule:
        body, line = self._cut(candidate.last + 1, candidate.reach, number, owner, column=candidate.column)
        section = max(bisect_right(starts, candidate.first, key=lambda start: start[0]) - 1, 0)
        own = candidate.form in (Form.HEADING, Form.DOCUMENT)
        heading = starts[section][1] if starts else None
        above = heading.first if heading else 0
        return replace(
            rule,
            anchor=self._fragments.get(candidate.first if own else above, ""),
            section=section,
            body=body,
            body_line=line,
            body_column=candidate.column,
            end_line=max(candidate.last, candidate.reach),
            cut_line=candidate.table_last + 1 if candidate.table_last else candidate.first,
            lead_in=candidate.lead_in,
            number=candidate.number,
        )

    def _cut(self, first: int, last: int, number: int, owner: list[int], *, column: int = 1) -> tuple[str, int]:
        """Return the text of owner `number` in the lines `first` to `last`, others empty, and its first line."""
        filled = [n for n in range(first, last + 1) if owner[n] == number and self._lines[n - 1].strip()]
        if not filled:
            return "", first
        span = range(filled[0], filled[-1] + 1)
        kept = (self._lines[n - 1] if owner[n] == number else "" for n in span)
        return "\n".join(_dedented(line, column - 1) for line in kept), filled[0]


def with_resumed(starts: Sequence[Start], rules: Iterable[Candidate]) -> list[Start]:
    """Add the lines on which a section continues, with its heading: at rules that end an inner section."""
    inside = [(rule.first, rule) for rule in rules if rule.form is Form.HEADING]
    around: list[Block | None] = []
    result: list[Start] = []
    for line, opener in sorted([*starts, *inside], key=lambda start: start[0]):
        opens = [] if isinstance(opener, Candidate) else [opener]
        depth = opener.depth if opener else 1
        closes = bool(around) and _depth(around[-1]) >= depth
        while around and _depth(around[-1]) >= depth:
            around.pop()
        around += opens
        if around and (opens or closes):
            result.append((line, around[-1]))
    return result


def _depth(heading: Block | None) -> int:
    return heading.depth if heading else 1


def on_site(link: Link, dialect: Dialect) -> Link:
    """Resolve a link as the site of the corpus does: rewritten, and from the root of the site if it starts with `/`."""
    rules = dialect.links
    if not rules.root and not rules.rewrites:
        return link
    target = link.goal
    for step in rules.rewrites:
        target = replaced(compile_pattern(step.find), step.put, target)
    if rules.root and target.startswith("/") and not target.startswith("//"):
        target = f"/{rules.root.strip('/')}{target}"
    return link if target == link.goal else replace(link, site=target)


def _dedented(line: str, width: int) -> str:
    return line[width:] if not line[:width].strip() else line.lstrip()


def _heads_of_rules(blocks: Sequence[Block], marks: Sequence[Mark]) -> Iterator[int]:
    """Yield the lines of the head of each table all of whose rows are rules."""
    rows = {mark.candidate.first for mark in marks if mark.candidate.form is Form.ROW}
    for table in (block for top in blocks if rows for block in top.walk() if block.kind == "table"):
        body = [row.first for row in table.children if row.info == "body"]
        if body and rows.issuperset(body):
            yield from range(table.first, body[0])


def _part_of(candidate: Candidate, enclosing: Sequence[Mark], reader: MarkReader) -> bool:
    """Return whether a list item is only a part of the rule around it.

    It is a rule of its own if it has an id other than a lettered one (`SVC-3a` in `SVC-3`), or if its dialect derives
    ids and its text states a level.
    """
    if not enclosing or candidate.form is not Form.LIST_ITEM:
        return False
    id_ = reader.written_id(candidate)
    if id_:
        return id_[-1].islower() and any(outer.id == id_[:-1] for outer in enclosing)
    return not reader.derives_ids or not reader.states_level(candidate)


def _lines_of_nested(marks: Sequence[Mark]) -> list[frozenset[int]]:
    """Return for each mark the lines of its body that belong to rules inside it; `marks` are in order of the file."""
    result = []
    for number, mark in enumerate(marks):
        lines: set[int] = set()
        for place in range(number + 1, len(marks)):
            other = marks[place]
            if other.candidate.first > mark.candidate.reach:
                break
            if other.candidate.first > mark.candidate.last:
                lines.update(range(other.candidate.first, max(other.candidate.last, other.candidate.reach) + 1))
        result.append(frozenset(lines))
    return result
