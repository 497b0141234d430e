"""A word of letters from two alphabets, or a keyword or id in letters that only look like it."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.characters import mixed, name, skeleton
from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.unseen import lines
from skills_build.source.document import Document

_KEYWORDS: Final = frozenset(["MUST", "SHOULD", "SHALL", "MAY", "NOT", "REQUIRED", "RECOMMENDED", "OPTIONAL"])
_WORD: Final = re.compile(r"[^\W\d_]+(?P<number>-\d+)?")
_LATIN: Final = re.compile(r"[A-Za-z]")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each word outside code that is not what it looks like."""
    beginnings = _beginnings(document)
    for number, line in lines(document, code=False):
        reported: list[tuple[int, int]] = []
        for start, end, letter in mixed(line):
            reported.append((start, end))
            message = f"`{line[start:end]}` mixes alphabets: {name(letter)}"
            yield _finding(document, Span(number, start + 1, number, end + 1), message)
        for match in _WORD.finditer(line) if _LATIN.search(line) else ():
            known = any(start <= match.start() < end for start, end in reported)
            twin = "" if known or match[0].isascii() else _twin(match, beginnings)
            if twin:
                odd = next(one for one in match[0] if not one.isascii())
                message = f"`{match[0]}` looks like {twin} but contains {name(odd)}"
                yield _finding(document, Span(number, match.start() + 1, number, match.end() + 1), message)


def _beginnings(document: Document) -> frozenset[str]:
    """How the ids of a document begin."""
    standard = document.standard
    return frozenset({standard.id or "", *(rule.id.rpartition("-")[0] for rule in standard.rules)}) - {""}


def _twin(match: re.Match[str], beginnings: frozenset[str]) -> str:
    """The keyword or id that a word looks like and is not."""
    looks = skeleton(match[0])
    if match["number"]:
        return looks if looks.rpartition("-")[0] in beginnings else ""
    return looks if looks in _KEYWORDS else ""


def _finding(document: Document, span: Span, message: str) -> Finding:
    return Finding(code="CX610", message=message, path=document.path, span=span, help="retype the word")


LINT: Final = Lint(code="CX610", name="homoglyph", severity=Severity.ERROR, document=check)
