"""Makes one leaf block of others: of two blocks that are read as one text, of a block of HTML."""

import re
from dataclasses import replace
from itertools import accumulate
from typing import Final

from skills_build.source.document import Block, Inline
from skills_build.source.html_elements import COMMENT

_ANY_TAG: Final = re.compile(rf"</?[A-Za-z][^<>]*>|{COMMENT}")


def joined(first: Block, second: Block) -> Block:
    """Return two leaf blocks as one, as if the second were the next line of the first."""
    one, two = first.inline, second.inline
    assert one is not None
    assert two is not None
    shift = len(one.text) + 1
    starts = (*one.starts, *((offset + shift, line, column) for offset, line, column in two.starts))
    inline = Inline(
        text=f"{one.text}\n{two.text}",
        plain=f"{one.plain}\n{two.plain}",
        starts=starts,
        links=(*one.links, *two.links),
    )
    return replace(first, last=second.last, inline=inline)


def html_leaf(block: Block) -> Block:
    """Return a block of HTML as a leaf whose text is its source and whose prose is what is outside tags."""
    text = block.text.rstrip("\n")
    lines = text.split("\n")
    offsets = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
    starts = tuple((offset, block.first + n, 1 if n else block.column) for n, offset in enumerate(offsets))
    plain = _ANY_TAG.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return replace(block, inline=Inline(text=text, plain=plain, starts=starts))
