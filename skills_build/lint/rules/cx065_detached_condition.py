"""A condition, exception or footnote below a list or table of rules, and text about the rules that follow."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import statement_prose
from skills_build.model.standard import CANONICAL, Form, Rule
from skills_build.source.document import Block, Document, Inline
from skills_build.source.labels import BOLD

_NOTE: Final = re.compile(r"\\?(?P<mark>[*†‡§¹²³⁴-⁹])(?![*\s]*\*)\s{0,3}(?=\w)")
"""The start of a footnote as it is typed: `* except jobs` without a list, `\\* except jobs`, `¹ except jobs`."""
_MARKED: Final = re.compile(r"(?<=\w)\\?([*†‡§¹²³⁴-⁹])(?![\w*])")
"""A footnote mark after a word."""
_GOES_ON: Final = re.compile(
    r"(?:unless|except(?:ing)?|if|when(?:ever)?|where|provided|but|only|and|or|as\slong\sas|with\sthe\sexception)\s"
)
"""The start of a paragraph that goes on with the sentences above it."""
_EXEMPTS: Final = re.compile(
    r"\b(?:is|are)\s(?:exempt(?:ed)?|excepted|excluded)\s(?:from\s)?"
    r"(?:this|these|those|both|all|them|it|the\sabove|the\srules?)\b"
    r"|\b(?:this|these|those|both|they|it|the\sabove|(?:the|these|those)\srules)\s(?:(?:rules?|above|two|points?|items?)\s)?"
    r"(?:(?:do|does)(?:\snot|n['’]t)|only)\s(?:apply|applies|hold|holds)\b",
    re.IGNORECASE,
)
"""An exception to what is above."""
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
    for above, block in pairwise(document.blocks):
        inline = block.inline if block.kind == "paragraph" else _starred(block)
        if inline is None or BOLD.match(inline.text):
            continue
        near = [rules[one.first] for one in above.walk() if one.first in rules and one.kind in ("item", "row")]
        inside = _limited(inline, document, near, "*" if block.kind == "list" else "")
        if inside:
            names = f"`{inside[0].id}`" if len(inside) == 1 else f"the rules above it, such as `{inside[-1].id}`"
            help_ = "write the condition as `**When:**` or `**Except:**`, indented, in each rule to which it applies"
            if inside[0].form is Form.ROW:
                help_ = "write the condition in a `When` or `Except` column"
            yield _finding(document, inline, inline.text.split("\n")[0], f"is not part of {names}", help_)
        elif (match := _NEXT.search(statement_prose(inline.text))) and (owner := _owner(document, block)):
            help_ = "write the condition in a separate section above these rules, or as `**When:**` below each rule"
            yield _finding(
                document, inline, match[0], f"is read as text of `{owner.id}` and does not apply to other rules", help_
            )


def _starred(block: Block) -> Inline | None:
    """Return the text of a list of one item with a star, as which a footnote `* except jobs` is read."""
    item = block.children[0] if block.kind == "list" and len(block.children) == 1 else None
    return item.children[0].inline if item and item.info == "*" and item.children else None


def _limited(inline: Inline, document: Document, rules: Sequence[Rule], mark: str) -> Sequence[Rule]:
    """Return those of the rules directly above a text that it limits; `mark` is the footnote mark in front of it."""
    note = _NOTE.match(inline.text)
    own = mark or (note["mark"] if note else "")
    if own:
        return [rule for rule in rules if own in _MARKED.findall("\n".join(_lines(document, rule)))]
    limits = _GOES_ON.match(inline.text) or _EXEMPTS.search(statement_prose(inline.text))
    return rules if limits else ()


def _lines(document: Document, rule: Rule) -> Sequence[str]:
    return document.lines[rule.span.line - 1 : rule.span.end_line]


def _owner(document: Document, block: Block) -> Rule | None:
    """Return the rule in a heading whose text a block is."""
    around = (r for r in document.standard.rules if r.span.line < block.first <= r.end_line and r.form is Form.HEADING)
    return max(around, key=lambda rule: rule.span.line, default=None)


def _finding(document: Document, inline: Inline, words: str, reason: str, help_: str) -> Finding:
    shown = words if len(words) <= 80 else f"{words[:77]}..."
    span = inline.span(0, len(inline.text))
    return Finding(code="CX065", message=f"`{shown}` {reason}", path=document.path, span=span, help=help_)


LINT: Final = Lint(code="CX065", name="detached-condition", severity=Severity.WARNING, document=check)
