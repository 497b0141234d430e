"""Finds rules between an HTML start tag that strikes text out, alone on its line, and its end tag."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import Rule
from skills_build.source.document import Block

_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>del|s|strike)(?:\s[^<>]*)?>", re.IGNORECASE)


def struck_rules(blocks: Sequence[Block], rules: Sequence[Rule]) -> Iterator[NearMiss]:
    """Yield the rules that a reader of the page sees struck out, because they are in such an element.

    CommonMark reads Markdown in an HTML element after an empty line (https://spec.commonmark.org/0.31.2/#html-blocks).
    """
    ranges = list(_ranges(blocks))
    for rule in rules if ranges else ():
        place = rule.mark or rule.span
        tag = next(((name, first) for name, first, last in ranges if first < place.line < last), None)
        if tag:
            yield NearMiss(
                code="CX102",
                message=f"`{rule.id}` is struck out by the `<{tag[0]}>` on line {tag[1]}",
                span=rule.id_span or place,
                help="remove the tags; to withdraw the rule, write `**Withdrawn:**` and the date below it",
                id=rule.id,
            )


def _ranges(blocks: Sequence[Block]) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each element that strikes out blocks, the line of its start tag, and that of its end tag."""
    opened: list[tuple[str, int]] = []
    last = 0
    for block in (inner for top in blocks for inner in top.walk()):
        last = max(last, block.last)
        if block.kind != "html":
            continue
        for tag in _TAG.finditer(block.text):
            line = block.first + block.text.count("\n", 0, tag.start())
            name = tag["name"].lower()
            if not tag["end"]:
                opened.append((name, line))
            elif any(name == open_name for open_name, _ in opened):
                while opened:
                    found, first = opened.pop()
                    yield found, first, line
                    if found == name:
                        break
    for name, first in opened:
        yield name, first, last + 1
