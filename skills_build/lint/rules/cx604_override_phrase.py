"""A sentence that tries to take over the agent that reads it."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.quotations import is_quotation, unquoted_blocks
from skills_build.source.document import Document

_EARLIER: Final = "(?:all |any |the |your |these |those )*(?:previous|prior|above|earlier|other|preceding)"
_PHRASE: Final = re.compile(
    rf"\b(?:(?P<any>(?:ignore|disregard|forget) {_EARLIER} (?:instructions?|prompts?|context)\b"
    r"|you are now (?:a|an|in) |reveal (?:your|the) (?:system )?prompt\b"
    r"|do anything now\b(?!\W{1,2}(?:prompt|attack|jailbreak)s?\b)"
    r"|(?:enter|start|simulate|(?:act|answer|respond|reply|stay|work|assistant|model|ai|\w*gpt) (?:in|with))"
    r" developer mode\b)"
    rf"|(?P<order>(?:ignore|disregard|forget|override) {_EARLIER} (?:instructions?|rules|prompts?|context))\b)",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(
    r"\b(?:title|alt|aria-label|summary)\s?=\s?(?:\"[^\"]*\"|'[^']*')"
    r"|\]\([^()\s]*\s+(?:\"[^\"]*\"|'[^']*')\s?\)|^\s{0,9}\[[^\]]{1,80}\]:\s{0,9}\S+\s+(?:\".*\"|'.*'|\(.*\))",
    re.IGNORECASE,
)
"""Attributes of HTML and titles of links, which are not part of the text of a page."""
_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_VERBATIM: Final = ("fence", "code")
_MARKS: Final = frozenset("*_\"'(")
_ENDS: Final = frozenset(".!?:;,>\n-") | _MARKS
_SPEAKS: Final = re.compile(
    r"\b(?:please|now|then|and|so|just|to|will|you|(?:you|agents?|assistants?) (?:must|should|shall|can|may)) \Z",
    re.IGNORECASE,
)
_LONGEST: Final = len("x assistants should ")


def _is_order(text: str, start: int) -> bool:
    """Whether a phrase is an order: it starts a sentence or follows such a word.

    In "later rules override earlier rules", the rules of a file do it. Looks back from the phrase, since a pattern that
    looks for the start of a sentence first takes quadratic time for a row of brackets.
    """
    at = start
    while at and (text[at - 1] == " " or text[at - 1] in _MARKS):
        at -= 1
    if at == 0 or text[at - 1] in _ENDS or any(letter in _MARKS for letter in text[at:start]):
        return True
    return _SPEAKS.search(text[max(start - _LONGEST, 0) : start]) is not None


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each phrase of known prompt injections, outside code, quotations and bad examples."""
    for block in unquoted_blocks(document):
        text = block.inline.plain if block.inline else block.text if block.kind == "html" else ""
        for match in _PHRASE.finditer(text):
            start, end = match.span("any" if match["any"] else "order")
            if not match["any"] and not _is_order(text, start):
                continue
            if is_quotation(block.inline.text if block.inline else text, start, end):
                continue
            first = block.first + text.count("\n", 0, start)
            span = block.inline.span(start, end) if block.inline else Span(first, 1, first, 2)
            yield Finding(
                code="CX604",
                message=f"`{text[start:end]}` reads like an attempt to steer an agent",
                path=document.path,
                span=span,
                help="rephrase the text; put examples in quotation marks or backticks",
            )

    yield from _in_titles(document)


def _in_titles(document: Document) -> Iterator[Finding]:
    """Yield a finding for each phrase in a text that readers only see when they point at it, or never."""
    code = {line for block in document.walk() if block.kind in _VERBATIM for line in range(block.first, block.last + 1)}
    for number, line in enumerate(document.lines, 1):
        if number in code or not _PHRASE.search(line):
            continue
        shown = _CODE.sub(lambda match: " " * len(match[0]), line)
        phrases = (_PHRASE.search(title[0]) for title in _TITLE.finditer(shown))
        for match in filter(None, phrases):
            at = line.find(match[0])
            yield Finding(
                code="CX604",
                message=f"`{match[0]}` reads like an attempt to steer an agent",
                path=document.path,
                span=Span(number, at + 1, number, at + 1 + len(match[0])),
                help="remove the text: readers do not see titles or the alternative text of images",
            )


LINT: Final = Lint(code="CX604", name="override-phrase", severity=Severity.ERROR, document=check)
