"""Reports front matter that is not at the start of a file, as in files that were joined."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.source.document import Block

_KEYS: Final = re.compile(
    r"(?:(?:id|title|domain|status|owner|reviewed|review_every|source|applies_to|skill|priority|stages|audience|change"
    r"|decided_by|origin)[ \t]{0,3}:(?:[ \t][^\n]*|)(?:\n[^\n]*)*)"
)


def later_front_matter(blocks: Sequence[Block], lines: Sequence[str], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each block of keys between two lines `---`, which Markdown reads as a heading."""
    for block in blocks:
        if block.kind != "heading" or block.inline is None or lines[block.last - 1].strip() != "---":
            continue
        above = next((lines[n].strip() for n in range(block.first - 2, -1, -1) if lines[n].strip()), "")
        if above == "---" and _KEYS.fullmatch(block.inline.text):
            name = block.inline.text.partition(":")[0].strip()
            yield Finding(
                code="CX018",
                message=f"front matter with `{name}` in the middle of the file is read as a heading",
                path=path,
                span=block.inline.span(0, len(block.inline.text)),
                help="move the keys to the start of the file, or the text below them to a separate file",
            )
