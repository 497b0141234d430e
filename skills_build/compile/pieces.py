"""Cuts a standard into the smallest pieces that may be in different files: sections, and the rules of long sections.

A piece has its rendered Markdown, so that its size is known before a file is chosen for it. Chooses no file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from functools import cached_property
from typing import Final

from skills_build.compile.flow import Step, flow
from skills_build.compile.prose import RuleRenderer
from skills_build.frozen import dataclass
from skills_build.model.bundle import Passage, PlacedRule, SourcePlace, TextRun
from skills_build.model.standard import Rule, Section, Standard
from skills_build.source.preprocess import fenced_lines
from skills_build.source.slug import slug
from skills_build.source.words import plain_words

_RULE_DEPTH: Final = 3
_DIVIDER: Final = "***"


@dataclass(frozen=True, slots=True)
class Unit:
    """One text of a piece: of a rule, of a section (`placed` is None), or more of a rule's body (`continues`)."""

    text: str
    placed: PlacedRule | None = None
    continues: bool = False

    @property
    def defines(self) -> bool:
        """Whether it starts with the heading of a rule."""
        return self.placed is not None and not self.continues


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A heading with the text and rules below it. `slug` names it; a cut before it costs `weight`."""

    standard: Standard
    number: int
    slug: str
    weight: int
    heading: str
    units: tuple[Unit, ...] = ()
    opens: bool = field(default=True)
    """False for the second and later pieces of one section."""
    follows_rule: bool = False
    """Whether the piece before it ends in a rule of the same section."""

    @cached_property
    def text(self) -> str:
        """The piece's Markdown, without a final line break."""
        return "\n\n".join((*([self.heading] if self.heading else []), *(text for text, _ in self._parts())))

    def _parts(self) -> Iterator[tuple[str, Unit]]:
        """Yield the text of each unit. A divider ends the rule above a text, which would look like a part of it."""
        below_rule = self.follows_rule
        for unit in self.units:
            more = f"*{unit.placed.rule.id}, continued:*\n\n" if unit.placed and unit.continues else ""
            yield (f"{_DIVIDER}\n\n" if below_rule and not unit.defines else "") + more + unit.text, unit
            below_rule = unit.defines or unit.continues

    @cached_property
    def size(self) -> int:
        """Size in bytes, with the blank line that follows."""
        return len(self.text.encode()) + 2

    @property
    def rules(self) -> tuple[PlacedRule, ...]:
        """The rules that it defines."""
        return tuple(unit.placed for unit in self.units if unit.placed and not unit.continues)

    @property
    def opens_with_text(self) -> bool:
        """Whether a text that belongs to no rule comes first."""
        return bool(self.units) and self.units[0].placed is None

    @property
    def section(self) -> Section:
        """The section it is a piece of."""
        return self.standard.sections[self.number] if self.standard.sections else _whole(self.standard)

    def passage(self) -> Passage:
        """Return the piece as data."""
        return Passage(standard=self.standard, section=self.section, rules=tuple(placed.rule for placed in self.rules))

    def places(self, first: int) -> Iterator[SourcePlace]:
        """Yield the lines of the piece's rules if its first line is line `first`."""
        for line, unit in self._lines(first):
            if unit.placed and unit.defines:
                yield SourcePlace(placed=unit.placed, line=line)

    def runs(self, first: int) -> Iterator[TextRun]:
        """Yield the owners of the piece's lines if its first line is line `first`."""
        path = self.standard.path
        if self.heading:
            yield TextRun(line=first, path=path, section=self.number, heading=True)
        for line, unit in self._lines(first):
            id_ = unit.placed.rule.id if unit.placed else None
            yield TextRun(line=line, path=path, section=self.number, id=id_)

    def _lines(self, first: int) -> Iterator[tuple[int, Unit]]:
        line = first + (self.heading.count("\n") + 2 if self.heading else 0)
        for text, unit in self._parts():
            yield line, unit
            line += text.count("\n") + 2


def pieces(
    standard: Standard, rules: Sequence[PlacedRule], renderer: RuleRenderer, *, context: bool
) -> tuple[Piece, ...]:
    """Cut a standard into its sections that are not empty. `context` is False if only the rules ship, not the text."""
    by_section: dict[int, list[PlacedRule]] = {}
    every: dict[int, list[Rule]] = {}
    for rule in standard.rules:
        every.setdefault(rule.section, []).append(rule)
    for placed in rules:
        by_section.setdefault(placed.rule.section, []).append(placed)
    result: list[Piece] = []
    waiting: list[_Empty] = []
    resumed = {standard.sections[placed.rule.section].resumes for placed in rules if standard.sections}
    for number, section in enumerate(standard.sections or (_whole(standard),)):
        steps = flow(section if context else None, every.get(number, ()), by_section.get(number, ()))
        units = tuple(unit for unit in _units(section, steps, renderer) if unit.text)
        result.extend(_empty(standard, [one for one in waiting if one.section.depth >= section.depth]))
        above = [one for one in waiting if one.section.depth < section.depth]
        own = _Empty(number, section, context and (number not in every or number in resumed))
        shown = [own] if _has_heading(standard, number, section) else []
        waiting = [*above, *shown] if not units else []
        if units:
            result.append(_piece(standard, number, _headings([*above, *shown]), units))
    result.extend(_empty(standard, waiting))
    return tuple(result)


@dataclass(frozen=True, slots=True)
class _Empty:
    """A section without text and rules that ship. `kept` is False if it only has rules that do not ship."""

    number: int
    section: Section
    kept: bool


def _empty(standard: Standard, sections: Sequence[_Empty]) -> Iterator[Piece]:
    """Yield the headings of sections that nothing is below, so that no word of the author is lost."""
    kept = [one for one in sections if one.kept]
    if kept:
        yield _piece(standard, kept[0].number, _headings(kept), ())


def _has_heading(standard: Standard, number: int, section: Section) -> bool:
    """Whether the heading of a section is shown: the first one is if it is not the title of the page."""
    if section.resumes is not None:
        return False
    return bool(number) or section.depth > 1 or plain_words(section.title) != plain_words(standard.title)


def _units(section: Section, steps: Iterable[Step], renderer: RuleRenderer) -> Iterator[Unit]:
    least = _RULE_DEPTH if section.resumes is None else _RULE_DEPTH - 1
    depth = max(least, min(section.depth + 1, 6))
    for step in steps:
        if step.placed is None:
            yield Unit(renderer.section(section, step.stretch))
        elif step.continues:
            yield Unit(renderer.body(step.placed.rule, step.stretch, depth), step.placed, continues=True)
        else:
            yield Unit(renderer.rule(step.placed, depth=depth, stretch=step.stretch), step.placed)


def _piece(standard: Standard, number: int, heading: str, units: tuple[Unit, ...]) -> Piece:
    section = standard.sections[number] if standard.sections else _whole(standard)
    return Piece(
        standard=standard,
        number=number,
        slug=slug(section.title, most=40) or slug(section.anchor, most=40) or "part",
        weight=section.depth,
        heading=heading,
        units=units,
    )


def _headings(shown: Sequence[_Empty]) -> str:
    """Return the headings of a section and of its empty parents; the standard's title is the page's title."""
    return "\n\n".join(f"{'#' * max(2, min(one.section.depth, 5))} {one.section.title}" for one in shown)


def _whole(standard: Standard) -> Section:
    return Section(title=standard.title, depth=1, anchor="", text="", line=1)


def split_piece(piece: Piece) -> tuple[Piece, ...]:
    """Cut a piece into single rules and paragraphs, with the heading in the first; an indivisible piece is kept.

    A paragraph that introduces a rule stays with it.
    """
    groups = list(_groups(piece.units))
    if len(groups) < 2:
        return (piece,)
    result = []
    below_rule = False
    for number, group in enumerate(groups):
        rule = next((unit.placed.rule for unit in group if unit.placed), None)
        own = rule.slug or slug(rule.id) if rule else slug(group[0].text, most=24)
        result.append(
            Piece(
                standard=piece.standard,
                number=piece.number,
                slug=piece.slug if number == 0 else f"{piece.slug}-{own}",
                weight=piece.weight if number == 0 else 9,
                heading=piece.heading if number == 0 else "",
                units=group,
                opens=number == 0,
                follows_rule=below_rule,
            )
        )
        below_rule = group[-1].placed is not None
    return tuple(result)


def _groups(units: Iterable[Unit]) -> Iterator[tuple[Unit, ...]]:
    """Yield the units that must stay together, texts cut into paragraphs."""
    waiting: tuple[Unit, ...] = ()
    for unit in units:
        for text in _paragraphs(unit.text) if unit.placed is None else (unit.text,):
            part = Unit(text, unit.placed, unit.continues)
            if waiting and unit.placed is None:
                yield waiting
                waiting = ()
            if unit.placed is None and text.rstrip("*_ ").endswith(":"):
                waiting = (part,)
                continue
            yield (*waiting, part)
            waiting = ()
    if waiting:
        yield waiting


def _paragraphs(text: str) -> Iterator[str]:
    """Yield a text's paragraphs; fenced code and the indented content of list items are never cut."""
    if not text:
        return
    lines = text.split("\n")
    inside = fenced_lines(lines)
    start = 0
    for number in range(1, len(lines)):
        follows = lines[number - 1] == "" and not inside[number - 1] and lines[number][:1].strip() != ""
        if follows and not (inside[number] and inside[number - 1]):
            yield "\n".join(lines[start:number]).strip("\n")
            start = number
    yield "\n".join(lines[start:]).strip("\n")
