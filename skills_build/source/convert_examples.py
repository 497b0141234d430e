"""Writes the examples of rules in canonical form: each in a code block of its own, below `**Bad:**` or `**Good:**`.

Other dialects mark them with a comment inside one code block, or with the column of a table.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.model.standard import Example, Rule, Standard
from skills_build.source.convert_marks import Edit
from skills_build.source.document import Block, Document

_FENCE: Final = re.compile(r"(?P<marks>`{3,200}|~{3,200})")


def example_edits(document: Document, standard: Standard) -> Iterator[Edit]:
    """Yield the edit of each code block whose examples the canonical format would not read.

    A code block that no label is above stays as it is, and so do those above it: a label also holds the code blocks
    below it, up to the next paragraph.
    """
    edits = {edit.first: edit for edit in _edits(document, standard)}
    for siblings in _siblings(document.blocks):
        unlabelled = False
        for block in reversed(siblings):
            if block.kind in ("paragraph", "heading"):
                unlabelled = False
            elif block.kind in ("fence", "code") and (unlabelled or block.first not in edits):
                unlabelled = True
                edits.pop(block.first, None)
    yield from edits.values()


def _siblings(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    yield blocks
    for block in blocks:
        yield from _siblings(block.children)


def _edits(document: Document, standard: Standard) -> Iterator[Edit]:
    fences = [block for block in document.walk() if block.kind == "fence"]
    for rule in standard.rules:
        inside: dict[int, list[Example]] = defaultdict(list)
        for example in rule.examples:
            number = next((n for n, b in enumerate(fences) if b.first <= example.span.line <= b.last), None)
            if number is not None and not _has_label(rule, example):
                inside[number].append(example)
        for number, examples in inside.items():
            edit = _divided(fences[number], examples, document.lines)
            if edit is not None:
                yield edit


def _has_label(rule: Rule, example: Example) -> bool:
    """Return whether an example is in the text of a label of its side."""
    name = "good" if example.good else "bad"
    first = next((line.strip() for line in example.code.split("\n") if line.strip()), "")
    return any(label.name == name and first in label.text for label in rule.labels)


def _divided(fence: Block, examples: Sequence[Example], lines: Sequence[str]) -> Edit | None:
    """Return the edit that puts a label above each example of a code block; the lines of the code stay in order."""
    opening, closing = lines[fence.first - 1], lines[fence.last - 1]
    prefix = opening[: fence.column - 1]
    marks = _FENCE.match(opening, len(prefix))
    if marks is None or prefix.strip() or not closing.strip().startswith(marks["marks"]):
        return None
    starts = [max(example.span.line, fence.first + 1) for example in examples]
    if any(line.strip() for line in lines[fence.first : starts[0] - 1]):
        return None
    new: list[str] = []
    for example, first, stop in zip(examples, starts, [*starts[1:], fence.last], strict=True):
        label = f"{prefix}**{'Good' if example.good else 'Bad'}:**"
        new += [label, "", opening, *_without_end(lines[first - 1 : stop - 1]), closing, ""]
    return Edit(fence.first, fence.last, tuple(new[:-1]))


def _without_end(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
