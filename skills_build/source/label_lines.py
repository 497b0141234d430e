"""Separates the labels that follow the mark of a list item without an empty line between them.

```markdown
- Secrets SHOULD be rotated every 90 days (SEC-4)
  **Why:** it limits how long a leak is of use.
```
"""

from collections.abc import Mapping
from dataclasses import replace

from skills_build.source.document import Block, Inline
from skills_build.source.labels import leads


def without_label_lines(
    lead: Block, names: Mapping[str, str], own: tuple[str, ...] = ()
) -> tuple[Block, tuple[Block, ...]]:
    """Return the first paragraph of a list item up to its first label, and the rest as a paragraph of its own.

    `names` and `own` are the words that are labels, as in `leads`.
    """
    inline = lead.inline
    if inline is None or "\n" not in inline.text or not (own or "\n**" in inline.text):
        return lead, ()
    text = inline.text
    start = next((one.start for one in leads(text, names, own) if one.start and text[one.start - 1] == "\n"), 0)
    if not start:
        return lead, ()
    first = inline.span(start, start).line
    mark = replace(lead, last=first - 1, inline=_part(inline, 0, start - 1))
    rest = replace(lead, first=first, inline=_part(inline, start, len(text)))
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
