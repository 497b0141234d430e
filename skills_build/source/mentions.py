"""Finds the ids that the prose of a file mentions, outside code and outside the marks of its own rules."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from skills_build.model.non_rules import Mention
from skills_build.model.standard import Rule
from skills_build.source.document import Block, Inline
from skills_build.source.id_marks import OWN_ID

ID: Final = re.compile(rf"(?<![\w/.-]){OWN_ID}(?![\w-]|\.\d)")

_DASH: Final = "\u2010-\u2015\u2212"
_PREFIX: Final = "[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z][A-Za-z0-9]*)*"
_END: Final = r"(?![\w-]|\.\w|/\w)"
_SPELLED: Final = re.compile(
    rf"(?<![\w/.#@:\[-])(?P<prefix>{_PREFIX})(?P<by>[{_DASH}_-])(?P<number>\d{{1,6}}[A-Za-z]?){_END}"
)
"""An id in lower case, or with another separator than a hyphen."""
_CITED: Final = re.compile(
    r"\b(?:see(?: also)?|rules?|per|cf\.|violat(?:es?|ing)|follow(?:s|ing)?) "
    rf"(?P<prefix>{_PREFIX})[ .#]?(?P<number>\d{{1,6}}[a-z]?){_END}",
    re.IGNORECASE,
)
"""An id without a hyphen, after a word that cites a rule; elsewhere, `PG16` is a version."""
_SAYS: Final = re.compile(
    rf"(?<![\w/.#@:-])(?P<prefix>{_PREFIX})[ .#]?(?P<number>\d{{1,6}}[a-z]?)"
    r"(?= (?:says|requires|demands|states|forbids|allows)\b)",
    re.IGNORECASE,
)
"""The same before a word for what a rule does."""
_ONE: Final = r"[A-Z][A-Z0-9]*(?:-[A-Z][A-Z0-9]*)*-\d{1,6}[a-z]?"
_RANGE: Final = re.compile(
    rf"(?<![\w/.-])(?P<first>{_ONE})(?P<by>\.{{2,3}}|\u2026|[{_DASH}~/,-]|(?: \u2013 )(?=[A-Z]))"
    rf"(?P<last>{_ONE}|\d{{1,6}}[a-z]?){_END}"
)
"""Several ids in one: `SVC-1..SVC-4`, `SVC-1-4`, `SVC-1/2`."""
_MARK: Final = re.compile(r"\([^()\n]+\)[ \t]*(?:\n|$)")
"""An id in brackets at the end of a line, which marks a rule or was meant to; other lints report these."""
_PAST: Final = re.compile(
    r"\b(?:replac|supersed|withdr[ae]w|former|previous|old|past|histor|once|until|before|deprecat|retire|remov|mov|merg|split"
    r"|renam|renumber|was|were|used to|no longer|instead|absorb|earlier|origin|successor|since)",
    re.IGNORECASE,
)
"""Words with which a text refers to what was in force."""


def mentions(blocks: Iterable[Block], rules: Iterable[Rule]) -> tuple[Mention, ...]:
    """Return every id in prose with its place, in the order of the file."""
    own = {(rule.id_span.line, rule.id_span.column) for rule in rules if rule.id_span}
    found = (mention for top in blocks for mention in _in(top))
    return tuple(mention for mention in found if (mention.span.line, mention.span.column) not in own)


def _in(top: Block) -> Iterator[Mention]:
    for block in top.walk():
        if block.inline is not None and re.search(r"\d", block.inline.plain):
            yield from _exact(block.inline)
            yield from _ranges(block.inline)
            yield from _spelled(block.inline)


def _exact(inline: Inline) -> Iterator[Mention]:
    plain = inline.plain
    for match in ID.finditer(plain) if "-" in plain else ():
        if not _MARK.match(plain, max(match.start() - 1, 0)):
            past = _PAST.search(plain) is not None
            yield Mention(id=match[0], span=inline.span(match.start(), match.end()), past=past)


def _ranges(inline: Inline) -> Iterator[Mention]:
    for match in _RANGE.finditer(inline.plain) if "-" in inline.plain else ():
        last = match["last"]
        if last[:1].isdigit():
            last = f"{match['first'].rpartition('-')[0]}-{last}"
        span = inline.span(match.start(), match.end())
        yield Mention(id=match["first"], span=span, written=match[0], last=last, listed=match["by"] in ("/", ","))


def _spelled(inline: Inline) -> Iterator[Mention]:
    """Yield each text that is an id in another spelling, if a rule has that id."""
    for pattern in (_SPELLED, _CITED, _SAYS):
        for match in pattern.finditer(inline.plain):
            number = match["number"].lower()
            id_ = f"{match['prefix'].upper().replace('_', '-')}-{number}"
            start = match.start("prefix")
            written = inline.plain[start : match.end()]
            if written != id_ and not _MARK.match(inline.plain, max(start - 1, 0)):
                yield Mention(id=id_, span=inline.span(start, match.end()), written=written)
