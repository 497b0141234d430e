"""Finds the ids that the prose of a file mentions, outside code and outside the marks of its own rules."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from skills_build.model.non_rules import Mention
from skills_build.model.standard import Rule
from skills_build.source.document import Block
from skills_build.source.id_marks import OWN_ID

ID: Final = re.compile(rf"(?<![\w/.-]){OWN_ID}(?![\w-]|\.\d)")

_SEPARATOR: Final = "[\u2010-\u2015\u2212_]"
_OTHER: Final = re.compile(rf"(?<![\w/.-])([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*){_SEPARATOR}(\d+[a-z]?)(?![\w-]|\.\d)")
"""An id with another separator than a hyphen."""
_MARK: Final = re.compile(r"\([^()\n]+\)[ \t]*(?:\n|$)")
"""An id in brackets at the end of a line, which marks a rule or was meant to; other lints report these."""


def mentions(blocks: Iterable[Block], rules: Iterable[Rule]) -> tuple[Mention, ...]:
    """Return every id in prose with its place, in the order of the file."""
    own = {(rule.id_span.line, rule.id_span.column) for rule in rules if rule.id_span}
    found = (mention for top in blocks for mention in _in(top))
    return tuple(mention for mention in found if (mention.span.line, mention.span.column) not in own)


def _in(top: Block) -> Iterator[Mention]:
    for block in top.walk():
        inline = block.inline
        if inline is None:
            continue
        for match in ID.finditer(inline.plain) if "-" in inline.plain else ():
            if not _MARK.match(inline.plain, max(match.start() - 1, 0)):
                yield Mention(id=match[0], span=inline.span(match.start(), match.end()))
        for match in _OTHER.finditer(inline.plain):
            if not _MARK.match(inline.plain, max(match.start() - 1, 0)):
                span = inline.span(match.start(), match.end())
                yield Mention(id=f"{match[1]}-{match[2]}", span=span, written=match[0])
