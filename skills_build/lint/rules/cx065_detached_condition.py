"""A condition, exception or footnote below a list or table of rules, and text about the rules that follow."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.limiting_words import is_limiting
from skills_build.lint.prose import statement_prose
from skills_build.model.standard import CANONICAL, Form, Rule
from skills_build.source.candidates import lead_in
from skills_build.source.document import Block, Document, Inline
from skills_build.source.labels import BOLD
from skills_build.source.unread_items import ALERT

_NOTE: Final = re.compile(r"\\?(?P<mark>[*†‡§¹²³⁴-⁹])(?![*\s]*\*)\s{0,3}(?=\w)")
"""The start of a footnote as it is typed: `* except jobs` without a list, `\\* except jobs`, `¹ except jobs`."""
_COMMENT: Final = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)+", re.DOTALL)
_MARKED: Final = re.compile(r"(?<=\w)\\?([*†‡§¹²³⁴-⁹])(?![\w*])")
"""A footnote mark after a word."""
_NEXT: Final = re.compile(
    r"\b(?:the|these)\s(?:(?:next|following)\s(?:\w+\s)?rules|rules\sbelow)\s(?:do\snot\s|only\s)?(?:are|apply|hold)\b",
    re.IGNORECASE,
)
"""A remark about the rules below."""


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each such paragraph outside the rules that it is about."""
    if document.standard.dialect != CANONICAL:
        return
    rules = {rule.span.line: rule for rule in document.standard.rules}
    for above, block, inline in _below(document.blocks):
        near = [rules[one.first] for one in above.walk() if one.first in rules and one.kind in ("item", "row")]
        inside = () if block.first in rules else _limited(inline, document, near, "*" if block.kind == "list" else "")
        if inside:
            names = f"`{inside[0].id}`" if len(inside) == 1 else f"the rules above it, such as `{inside[-1].id}`"
            help_ = "write the condition as `**When:**` or `**Except:**`, indented, in each rule to which it applies"
            if inside[0].form is Form.ROW:
                help_ = "write the condition in a `When` or `Except` column"
            yield _finding(document, inline, f"{_quoted(_shown(inline))} is not part of {names}", help_)
        elif (match := _NEXT.search(statement_prose(inline.text))) and (owner := _owner(document, block)):
            help_ = "write the condition in a separate section above these rules, or as `**When:**` below each rule"
            message = f"{_quoted(match[0])} is part of the text of `{owner.id}` and does not apply to other rules"
            yield _finding(document, inline, message, help_)


def _below(blocks: Sequence[Block]) -> Iterator[tuple[Block, Block, Inline]]:
    """Yield each text that may limit the block above it, between these two, and each such item of a list."""
    shown = [block for block in blocks if not _is_comment(block)]
    for place, (above, block) in enumerate(pairwise(shown), start=1):
        inline = _text(block)
        if inline is not None and not BOLD.match(inline.text) and not _introduces(shown, place):
            yield above, block, inline
    for item, last in (block.children[-2:] for block in shown if block.kind == "list" and len(block.children) > 1):
        if len(last.children) == 1 and last.children[0].inline:
            yield item, last, last.children[0].inline


def _text(block: Block) -> Inline | None:
    """Return the text of a paragraph, also of one in a quote or in a list of one item."""
    if block.kind in ("quote", "list", "item") and len(block.children) == 1:
        return _text(block.children[0])
    return block.inline if block.kind == "paragraph" else None


def _shown(inline: Inline) -> str:
    return ALERT.sub("", inline.text).split("\n")[0]


def _is_comment(block: Block) -> bool:
    return block.kind == "html" and bool(_COMMENT.fullmatch(block.text))


def _introduces(blocks: Sequence[Block], place: int) -> bool:
    """Return whether the block at `place` belongs to the list or table below it."""
    below = blocks[place + 1] if place + 1 < len(blocks) else None
    return below is not None and below.kind in ("list", "table") and bool(lead_in(blocks, place + 1, fragments=True))


def _limited(inline: Inline, document: Document, rules: Sequence[Rule], mark: str) -> Sequence[Rule]:
    """Return those of the rules directly above a text that it limits; `mark` is the footnote mark in front of it."""
    text = ALERT.sub("", inline.text)
    note = _NOTE.match(text)
    own = mark or (note["mark"] if note and not text.endswith(note["mark"]) else "")
    marked = [rule for rule in rules if own and own in _MARKED.findall("\n".join(_lines(document, rule)))]
    if marked or (own and not mark):
        return marked
    return rules if is_limiting(text, statement_prose(text)) else ()


def _lines(document: Document, rule: Rule) -> Sequence[str]:
    return document.lines[rule.span.line - 1 : rule.span.end_line]


def _owner(document: Document, block: Block) -> Rule | None:
    """Return the rule in a heading whose text a block is."""
    around = (r for r in document.standard.rules if r.span.line < block.first <= r.end_line and r.form is Form.HEADING)
    return max(around, key=lambda rule: rule.span.line, default=None)


def _quoted(words: str) -> str:
    return f"`{words}`" if len(words) <= 80 else f"`{words[:77]}...`"


def _finding(document: Document, inline: Inline, message: str, help_: str) -> Finding:
    span = inline.span(0, len(inline.text))
    return Finding(code="CX065", message=message, path=document.path, span=span, help=help_)


LINT: Final = Lint(code="CX065", name="detached-condition", severity=Severity.WARNING, document=check)
