"""Separates the labels that follow the mark of a list item without an empty line between them.

```markdown
- Secrets SHOULD be rotated every 90 days (SEC-4)
  **Why:** it limits how long a leak is of use.
```
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from skills_build.source.document import Block, Inline

_LABEL: Final = re.compile(r"\n(?=\*\*(?P<name>[A-Za-z][A-Za-z ]{1,24}?)(?::\*\*|\*\*:))")


def without_label_lines(lead: Block, names: Collection[str]) -> tuple[Block, tuple[Block, ...]]:
    """Return the first paragraph of a list item up to its first label, and the rest as a paragraph of its own.

    `names` are the labels in lower case.
    """
    inline = lead.inline
    if inline is None or "\n**" not in inline.text:
        return lead, ()
    match = next((m for m in _LABEL.finditer(inline.text) if m["name"].lower() in names), None)
    if match is None:
        return lead, ()
    first = inline.span(match.end(), match.end()).line
    mark = replace(lead, last=first - 1, inline=_part(inline, 0, match.start()))
    rest = replace(lead, first=first, inline=_part(inline, match.end(), len(inline.text)))
    return mark, (rest,)


def _part(inline: Inline, start: int, end: int) -> Inline:
    """Return a part of a text, of whole lines."""
    lines = range(inline.span(start, start).line, inline.span(end, end).line + 1)
    return Inline(
        text=inline.text[start:end],
        plain=inline.plain[start:end],
        starts=tuple((offset - start, line, column) for offset, line, column in inline.starts if line in lines),
        links=tuple(link for link in inline.links if link.span.line in lines),
    )
