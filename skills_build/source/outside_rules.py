"""Yields the texts in which a rule may be hidden, each with the words for where it is: a quote, HTML, a notice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.document import Block, Inline
from skills_build.source.emphasis import is_emphasised_html
from skills_build.source.levels import read_levels
from skills_build.source.unread_items import (
    ALERT,
    OpenElements,
    explains_levels,
    goes_on_after,
    is_binding_alert,
    is_notice_in_html,
    notice_in_fence,
    opens_notice,
)

_ADMONITION: Final = re.compile(r"^(?:!!!|\?\?\?\+?|===|:{3,}|/{3,})\s*\w?", re.MULTILINE)
_LEAVES: Final = {"paragraph": "paragraph", "heading": "heading", "cell": "table cell"}
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAGS: Final = re.compile(r"<[^<>]*>")
INDENTED: Final = "indented code"
_ELEMENT_END: Final = re.compile(
    r"\)\s*(?:</(?:b|strong|i|em|code|span|a)>\s*)?</(?:td|th|li|p|div|dd|dt|tr|h[1-6])>", re.I
)
"""The end of an element that ends in brackets, as one with an id does; more of them may be in a line."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text outside rules, with the words for where it is. `binds` is whether it is an item, or a notice to heed."""

    block: Block
    inline: Inline
    where: str
    binds: bool = False


def outside_rules(blocks: Sequence[Block], where: str = "", *, binds: bool = False) -> Iterator[Leaf]:
    """Yield the leaves of these blocks; `where` is what they are in, and it `binds` if that is an item or a notice."""
    notice = inside = False
    for place, block in enumerate(blocks):
        if block.kind in _LEAVES and block.inline:
            heeds = block.kind == "paragraph" and (notice or opens_notice(block))
            name = where or ("admonition" if heeds else "HTML" if inside else _LEAVES[block.kind])
            yield Leaf(block, block.inline, name, binds or heeds or inside)
            notice = goes_on_after(block, notice=notice)
        elif block.kind == "html":
            elements = OpenElements(block)
            heeds = inside or is_notice_in_html(block.text) or is_emphasised_html(block.text)
            for leaf in _lines(_COMMENT.sub(_blank, block.text), block.first, "HTML"):
                _, line, column = leaf.inline.starts[0]
                yield replace(leaf, binds=binds or heeds or elements.around(line, column))
            inside = inside if elements.left_open is None else elements.left_open
        elif block.kind == "code":
            above = blocks[place - 1] if place else None
            admonition = above is not None and _is_admonition(above)
            for leaf in _lines(block.text, block.first, "admonition" if admonition else INDENTED):
                yield replace(leaf, binds=above is not None and opens_notice(above))
        elif block.kind == "fence" and (heeded := notice_in_fence(block)) is not None:
            for leaf in _lines(block.text, block.first + 1, "admonition"):
                yield replace(leaf, binds=heeded)
        else:
            yield from _inside(block, where, binds=binds or inside or notice)


def _inside(block: Block, where: str, *, binds: bool) -> Iterator[Leaf]:
    """Yield the leaves of a block that has others in it."""
    if block.kind == "item":
        yield from outside_rules(block.children, where or "list item", binds=binds)
    elif block.kind == "row":
        name = "head of a table" if block.info == "head" else "legend" if explains_levels(block) else "table cell"
        yield from outside_rules(block.children, where or name, binds=binds)
    elif block.kind in ("list", "table"):
        for child in block.children:
            yield from _inside(child, where, binds=binds)
    elif block.kind == "quote":
        first = block.children[0].inline if block.children else None
        alert = first is not None and ALERT.match(first.text)
        heeds = first is not None and is_binding_alert(first.text)
        yield from outside_rules(block.children, "alert" if alert else "quote", binds=heeds)


def _is_admonition(block: Block) -> bool:
    return block.inline is not None and bool(_ADMONITION.search(block.inline.text))


def _lines(text: str, first: int, where: str) -> Iterator[Leaf]:
    """Yield the lines of a block whose text is not Markdown, without tags."""
    rows = zip(_TAGS.sub(_blank, text).split("\n"), text.split("\n"), strict=True)
    for number, (line, written) in enumerate(rows, first):
        ends = (match.end() for match in _ELEMENT_END.finditer(written))
        cuts = [0, *(end for end in ends if read_levels(line[:end])), len(line)]
        for left, right in pairwise(cuts):
            shown = line[left:right].strip()
            if shown:
                start = line.index(shown, left)
                inline = Inline(text=shown, plain=shown, starts=((0, number, start + 1),))
                yield Leaf(Block(kind="paragraph", first=number, last=number, inline=inline), inline, where)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
