"""Text that was meant as a link and is none, or a link that leads nowhere."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.links import Link
from skills_build.source.document import Document, Inline

_SUFFIX: Final = r"\.(?:md|markdown|mdx|html?|adoc|rst|pdf|png|svg|jpe?g|gif)"
_CHARACTER: Final = r"[^\s()\[\]{}<>\"'|]"
_GOAL: Final = (
    rf"(?P<goal>https?://{_CHARACTER}{{1,300}}|(?:\.{{1,2}}/|#(?=[a-z])){_CHARACTER}{{1,300}}"
    rf"|{_CHARACTER}{{1,200}}{_SUFFIX}(?:#[\w.-]{{0,80}})?(?!{_CHARACTER}))"
)
"""A URL, the path of a document or picture, or an anchor."""
_WITH_SPACES: Final = (
    rf"(?P<goal>(?!https?://)(?=[^()\n]*[ \t])[^()\[\]{{}}<>\"'\n]{{1,120}}{_SUFFIX}(?:#[^()<>\"'\n]{{0,80}})?)"
)
_TITLE: Final = r"(?:[ \t]+(?:\"[^\"\n]{0,120}\"|'[^'\n]{0,120}'))?[ \t]*"
_SHOWN: Final = r"(?<!\\)\[(?P<text>[^\[\]\n]{1,120})\]"

_FORMS: Final = (
    (rf"{_SHOWN}\({_WITH_SPACES}{_TITLE}\)", "the target contains a space", "write `%20` for each space"),
    (rf"{_SHOWN}[ \t]\({_GOAL}\)", "there is a space between the text and the target", ""),
    (rf"(?<![\w)\]])\((?P<text>[^()\[\]\n]{{1,120}})\)\[{_GOAL}\](?![(\[])", "the brackets are in the wrong order", ""),
    (rf"{_SHOWN}\{{{_GOAL}\}}", "the target is in braces", ""),
    (rf"{_SHOWN}\]+\({_GOAL}\)", "the text ends with two brackets", ""),
    (rf"{_SHOWN}\({_GOAL}(?![^\n]*\))", "the target has no closing bracket", ""),
    (rf"(?<!\\)\[(?P<text>[^\[\]()\n]{{1,120}}?)[ \t]?\({_GOAL}\)(?![^\n]*\])", "the text has no closing bracket", ""),
    (
        r"(?<![!\[\\\w])\[\[(?P<text>(?!_?toc_?\])#?[^\W\d](?:[^\[\]\n]{0,120}[^\s\[\]])?)\]\](?![(\[])",
        "Markdown has no `[[...]]`",
        "write `[title](file.md)`, or put the text in backticks",
    ),
)
"""What was meant as a link, why it is none, and what to write if that is not `[text](goal)`."""
_COMPILED: Final = tuple((re.compile(pattern, re.IGNORECASE), why, help_) for pattern, why, help_ in _FORMS)
_TASK: Final = re.compile(r"\[[ xX]\] ")
"""What an item of a task list begins with."""
_MAY_HOLD: Final = re.compile(r"\]\(|\][ \t]\(|\)\[|\]\{|\[\[|\[[^\[\]()\n]{1,120}\(")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each text that looks like a link and is none, and each link without a target or text."""
    for link in document.standard.links:
        wrong = _wrong(document, link)
        if wrong:
            message, help_ = wrong
            yield Finding(code="CX413", message=message, path=document.path, span=link.span, help=help_)
    for block in document.walk():
        if block.inline is not None and _MAY_HOLD.search(block.inline.plain):
            yield from _in_text(document, block.inline)


def _wrong(document: Document, link: Link) -> tuple[str, str] | None:
    """Return what is wrong with a link, and what to write."""
    if link.reference is not None:
        return None
    if not link.target.strip():
        what = f"{'image' if link.image else 'link'} `{link.text[:60].replace('`', '')}`"
        return f"the {what} has no target", "write the target between the round brackets"
    before = document.lines[link.span.line - 1][: link.span.column - 1]
    if not link.image and before.rstrip("<").endswith("[]("):
        return f"the link to `{link.target[:60]}` has no text", "write the text between the square brackets"
    return None


def _in_text(document: Document, inline: Inline) -> Iterator[Finding]:
    """Yield a finding for each text that was meant as a link. Of two that overlap, the first form counts."""
    found: list[tuple[int, int]] = []
    for form, why, help_ in _COMPILED:
        for match in form.finditer(inline.plain):
            start, end = match.span()
            written = inline.text[start:end]
            task = start == 0 and _TASK.match(written)
            if task or _has_link(written, match[0]) or any(start < last and first < end for first, last in found):
                continue
            found.append((start, end))
            message = f"`{written[:60]}` is not a link: {why}"
            advice = help_ or f"write `[{inline.text[match.start('text') : match.end('text')]}]({match['goal']})`"
            span = inline.span(start, end)
            yield Finding(code="CX413", message=message, path=document.path, span=span, help=advice)


def _has_link(written: str, plain: str) -> bool:
    """Return whether a part of the text is a link, of which `plain` lacks the target."""
    return written.count("]") != plain.count("]")


LINT: Final = Lint(code="CX413", name="malformed-link", severity=Severity.WARNING, document=check)
