"""A word that mixes alphabets, or a keyword or id in letters that only look like it."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from skills_build.characters import mixed, name, skeleton
from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.unseen import lines
from skills_build.source.document import Document
from skills_build.source.levels import WORDS

_WORD: Final = re.compile(r"[^\W\d_]+(?P<number>-\d+)?")
_LATIN: Final = re.compile(r"[A-Za-z]")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each word outside code that is not what it looks like."""
    prefixes = _id_prefixes(document)
    for number, line in lines(document, code=False):
        reported: list[tuple[int, int]] = []
        for start, end, letter in mixed(line):
            reported.append((start, end))
            message = f"`{line[start:end]}` mixes alphabets: {name(letter)}"
            yield _finding(document, Span(number, start + 1, number, end + 1), message)
        for match in _WORD.finditer(line) if _LATIN.search(line) else ():
            lookalike = "" if match[0].isascii() or _is_in(match.start(), reported) else _lookalike(match, prefixes)
            if lookalike:
                foreign = next(character for character in match[0] if not character.isascii())
                message = f"`{match[0]}` looks like {lookalike} but contains {name(foreign)}"
                yield _finding(document, Span(number, match.start() + 1, number, match.end() + 1), message)


def _is_in(place: int, ranges: list[tuple[int, int]]) -> bool:
    """Whether a place is in one of the ranges, which are in order and do not overlap."""
    number = bisect_right(ranges, place, key=lambda one: one[0]) - 1
    return number >= 0 and place < ranges[number][1]


def _id_prefixes(document: Document) -> frozenset[str]:
    """Return the prefixes of the ids of a document."""
    standard = document.standard
    return frozenset({standard.id or "", *(rule.id.rpartition("-")[0] for rule in standard.rules)}) - {""}


def _lookalike(match: re.Match[str], prefixes: frozenset[str]) -> str:
    """Return the keyword or id that a word looks like; empty if there is none."""
    looks = skeleton(match[0])
    if match["number"]:
        return looks if looks.rpartition("-")[0] in prefixes else ""
    partly = _LATIN.search(match[0]) is not None
    return looks if looks in WORDS or (partly and looks.upper() in WORDS) else ""


def _finding(document: Document, span: Span, message: str) -> Finding:
    return Finding(code="CX610", message=message, path=document.path, span=span, help="retype the word")


LINT: Final = Lint(code="CX610", name="homoglyph", severity=Severity.ERROR, document=check)
