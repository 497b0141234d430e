"""Finds the footnotes of a file, and which rules cite them. A footnote is defined far from the rule that it limits.

Markdown without extensions has no footnotes: a definition is a paragraph that starts with `[^name]:`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from skills_build.model.links import Footnote
from skills_build.source.candidates import Candidate
from skills_build.source.document import Block
from skills_build.source.marks import Mark

_DEFINITION: Final = re.compile(r"^\[\^(?P<name>[^\]\s]{1,40})\]:[ \t]{0,20}", re.MULTILINE)
_HOLDERS: Final = frozenset({"list", "item", "quote"})
"""Blocks in which footnotes may be defined."""
CITATION: Final = re.compile(r"(?<!\\)\[\^(?P<name>[^\]\s]{1,40})\](?!:)")
"""Where a text cites a footnote."""


def footnotes(blocks: Sequence[Block]) -> dict[str, Footnote]:
    """Return the footnotes of a file by name, without those inside other blocks, which stay where they are.

    If two have the same name, the first one counts, as in renderers.
    """
    found: dict[str, Footnote] = {}
    for place, block in enumerate(blocks):
        if block.kind != "paragraph" or block.inline is None or not block.inline.text.startswith("[^"):
            continue
        more = [*takewhile(lambda below: below.kind == "code", blocks[place + 1 :])]
        for note in _defined(block, more):
            found.setdefault(note.name, note)
    return found


def every_footnote(blocks: Sequence[Block]) -> dict[str, Footnote]:
    """Return the footnotes of a file by name, also those that are defined inside list items and quotes."""
    found = footnotes(blocks)
    for block in blocks:
        for name, note in every_footnote(block.children).items() if block.kind in _HOLDERS else ():
            found.setdefault(name, note)
    return found


def _defined(block: Block, more: Sequence[Block]) -> Iterator[Footnote]:
    """Yield the footnotes of one paragraph; `more` are the indented paragraphs of the last one."""
    assert block.inline is not None
    text = block.inline.text
    starts = [*_DEFINITION.finditer(text)]
    for number, match in enumerate(starts):
        final = number + 1 == len(starts)
        stop = len(text) if final else starts[number + 1].start()
        first = block.inline.span(match.start(), stop).line
        last = more[-1].last if final and more else block.inline.span(match.start(), stop - 1).end_line
        parts = [text[match.end() : stop], *(part.text for part in more if final)]
        words = " ".join(" ".join(parts).split())
        yield Footnote(name=match["name"], text=words, line=first, end_line=last)


def notes_of(candidate: Candidate, notes: Mapping[str, Footnote], lines: Sequence[str]) -> tuple[Footnote, ...]:
    """Return the footnotes that a rule cites, in the order of the citations."""
    return tuple(notes[name] for name in _cited(candidate, notes, lines))


def without_notes_of_others(
    marks: Sequence[Mark], notes: Mapping[str, Footnote], lines: Sequence[str]
) -> tuple[tuple[Mark, ...], frozenset[int]]:
    """Take the footnotes that a rule does not cite out of its body. Also return the lines of these footnotes."""
    apart: set[int] = set()
    result: list[Mark] = []
    for mark in marks:
        others = _of_others(mark.candidate, notes, lines) if notes else ()
        gone = {line for note in others for line in range(note.line, note.end_line + 1)}
        siblings = tuple(block for block in mark.candidate.siblings if block.first not in gone)
        result.append(replace(mark, candidate=replace(mark.candidate, siblings=siblings)) if gone else mark)
        apart |= gone
    return tuple(result), frozenset(apart)


def _of_others(candidate: Candidate, notes: Mapping[str, Footnote], lines: Sequence[str]) -> tuple[Footnote, ...]:
    inside = [note for note in notes.values() if _is_inside(note, candidate)]
    own = _cited(candidate, notes, lines) if inside else ()
    return tuple(note for note in inside if note.name not in own)


def _is_inside(note: Footnote, candidate: Candidate) -> bool:
    return candidate.last < note.line <= candidate.reach


def _cited(candidate: Candidate, notes: Mapping[str, Footnote], lines: Sequence[str]) -> tuple[str, ...]:
    text = "\n".join(lines[candidate.first - 1 : max(candidate.last, candidate.reach)])
    names = (match["name"] for match in CITATION.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name in notes))
