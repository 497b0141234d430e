"""A word of letters from two alphabets."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.kinds import Context, Lint
from skills_build.lint.prose import live, place
from skills_build.source.document import Document

_LATIN: Final = re.compile(r"[A-Za-z]")
_OTHER: Final = re.compile("[\u0370-\u03ff\u0400-\u04ff]")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each word of a statement that mixes Latin with Greek or Cyrillic letters."""
    for rule in live(document):
        if rule.statement.isascii():
            continue
        for word in re.findall(r"\w{2,}", rule.statement):
            if _LATIN.search(word) and _OTHER.search(word):
                other = _OTHER.search(word)
                assert other is not None
                yield Finding(
                    code="CX610",
                    message=f"`{word}` mixes alphabets: U+{ord(other[0]):04X} is not a Latin letter",
                    path=document.path,
                    span=place(document, rule, word),
                    help="type the word again",
                )


LINT: Final = Lint(code="CX610", name="homoglyph", severity=Severity.WARNING, document=check)
