"""Cuts a standard into the smallest pieces that may be in different files: sections, and the rules of long sections.

A piece has its rendered Markdown, so that its size is known before a file is chosen for it. Chooses no file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from skills_build.compile.prose import RuleRenderer
from skills_build.model.bundle import Passage, PlacedRule, SourcePlace
from skills_build.model.standard import Section, Standard
from skills_build.source.preprocess import fenced_lines
from skills_build.source.slug import slug

_RULE_DEPTH: Final = 3


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A heading with the context and rules below it. `slug` names it; a cut before it costs `weight`."""

    standard: Standard
    number: int
    slug: str
    weight: int
    heading: str
    context: str
    rules: tuple[tuple[PlacedRule, str], ...] = ()
    opens: bool = field(default=True)
    """False for the second and later pieces of one section."""

    @cached_property
    def text(self) -> str:
        """The piece's Markdown, without a final line break."""
        return "\n\n".join(part for part in (self.heading, self.context, *(text for _, text in self.rules)) if part)

    @cached_property
    def size(self) -> int:
        """Size in bytes, with the blank line that follows."""
        return len(self.text.encode()) + 2

    @property
    def section(self) -> Section:
        """The section it is a piece of."""
        return self.standard.sections[self.number] if self.standard.sections else _whole(self.standard)

    def passage(self) -> Passage:
        """Return the piece as data."""
        return Passage(
            standard=self.standard, section=self.section, rules=tuple(placed.rule for placed, _ in self.rules)
        )

    def places(self, first: int) -> Iterator[SourcePlace]:
        """Yield the lines of the piece's rules if its first line is line `first`."""
        line = first + sum(part.count("\n") + 2 for part in (self.heading, self.context) if part)
        for placed, text in self.rules:
            yield SourcePlace(placed=placed, line=line)
            line += text.count("\n") + 2


def pieces(
    standard: Standard, rules: Sequence[PlacedRule], renderer: RuleRenderer, *, context: bool
) -> tuple[Piece, ...]:
    """Cut a standard into its sections that are not empty. `context` is False if only the rules ship, not the text."""
    by_section: dict[int, list[PlacedRule]] = {}
    for rule in rules:
        by_section.setdefault(rule.rule.section, []).append(rule)
    result: list[Piece] = []
    above: list[Section] = []
    for number, section in enumerate(standard.sections or (_whole(standard),)):
        text = renderer.section(section) if context else ""
        inside = by_section.get(number, [])
        above = [parent for parent in above if parent.depth < section.depth]
        if text or inside:
            result.append(
                _piece(standard, number, section, _headings(above, section, number), (text, inside, renderer))
            )
            above = []
        elif number:
            above.append(section)
    return tuple(result)


def _piece(
    standard: Standard,
    number: int,
    section: Section,
    heading: str,
    content: tuple[str, Sequence[PlacedRule], RuleRenderer],
) -> Piece:
    text, inside, renderer = content
    depth = max(_RULE_DEPTH, min(section.depth + 1, 6))
    return Piece(
        standard=standard,
        number=number,
        slug=slug(section.title, most=40) or slug(section.anchor, most=40) or "part",
        weight=section.depth,
        heading=heading,
        context=text,
        rules=tuple((placed, renderer.rule(placed, depth=depth)) for placed in inside),
    )


def _headings(above: Sequence[Section], section: Section, number: int) -> str:
    """Return the section's heading, after those of empty parent sections; the standard's title is the page's title."""
    shown = [*above, section] if number or section.depth > 1 else []
    return "\n\n".join(f"{'#' * max(2, min(heading.depth, 5))} {heading.title}" for heading in shown)


def _whole(standard: Standard) -> Section:
    return Section(title=standard.title, depth=1, anchor="", text="", line=1)


def split_piece(piece: Piece) -> tuple[Piece, ...]:
    """Cut a piece into single rules and paragraphs, with the heading in the first; an indivisible piece is kept."""
    parts: list[tuple[str, tuple[PlacedRule, str] | None]] = [(text, None) for text in _paragraphs(piece.context)]
    parts += [("", rule) for rule in piece.rules]
    if len(parts) < 2:
        return (piece,)
    result = []
    for number, (text, rule) in enumerate(parts):
        own = rule[0].rule.slug or slug(rule[0].rule.id) if rule else slug(text, most=24)
        result.append(
            Piece(
                standard=piece.standard,
                number=piece.number,
                slug=piece.slug if number == 0 else f"{piece.slug}-{own}",
                weight=piece.weight if number == 0 else 9,
                heading=piece.heading if number == 0 else "",
                context=text,
                rules=(rule,) if rule else (),
                opens=number == 0,
            )
        )
    return tuple(result)


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
