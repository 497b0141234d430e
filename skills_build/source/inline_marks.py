"""What the inline rules of Markdown matched in a text, and the text without what is not prose or not seen."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.document import GAP, JOIN
from skills_build.source.html_elements import is_comparison, is_unseen, joins

_ARGUMENT: Final = re.compile(r"\w*")
"""The target of a link that is really the argument of a call."""
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#[xX][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
"""An escaped character or an entity (CommonMark 0.31, sections 2.4 and 2.5)."""


@dataclass(frozen=True, slots=True)
class InlineMark:
    """A match of an inline rule: `kind`, offsets, and for links the offsets of the target or the label."""

    kind: str
    start: int
    end: int
    target: tuple[int, int] | None = None
    href: str = ""
    text: str = ""
    reference: str | None = None


def unescaped(target: str) -> str:
    """Return the target of a link without its escapes and entities."""
    return _ESCAPED.sub(lambda match: match[1] or html.unescape(match[0]), target)


def without_markup(content: str, marks: Sequence[InlineMark]) -> str:
    """Replace everything that is not prose by spaces. The text of links is kept."""
    return _blanked(content, sorted((*_no_prose(mark), " ") for mark in marks))


def as_seen(content: str, marks: Sequence[InlineMark]) -> str:
    """Replace what no reader sees: tags by `GAP` or `JOIN`, the targets of links by `GAP`.

    Code and the text of images are kept.
    """
    unseen = (mark for mark in marks if not is_call(content, mark))
    return _blanked(content, sorted((*_no_text(mark), JOIN if joins(mark.text) else GAP) for mark in unseen))


def is_call(text: str, mark: InlineMark) -> bool:
    """Return whether a link is code that is not marked as such: `handlers[name](event)`."""
    follows_a_word = mark.start > 0 and (text[mark.start - 1].isalnum() or text[mark.start - 1] in "_)]")
    return follows_a_word and bool(mark.target) and bool(_ARGUMENT.fullmatch(mark.href))


def _blanked(content: str, ranges: Iterable[tuple[int, int, str]]) -> str:
    """Replace each character of the ranges of a text, in order of their starts, except for line breaks."""
    kept: list[str] = []
    at = 0
    for start, end, blank in ranges:
        start, end = max(start, at), min(end, len(content))
        if end > start:
            kept += [content[at:start], re.sub(r"[^\n]", blank, content[start:end])]
            at = end
    return "".join((*kept, content[at:]))


def _no_prose(mark: InlineMark) -> tuple[int, int]:
    if mark.kind == "html" and is_comparison(mark.text):
        return mark.end, mark.end
    whole = mark.kind in ("code", "html", "autolink", "image")
    return (mark.start if whole else mark.start + 1 + len(mark.text), mark.end)


def _no_text(mark: InlineMark) -> tuple[int, int]:
    if mark.kind == "html":
        return (mark.start if is_unseen(mark.text) else mark.end), mark.end
    shown = {"link": mark.start + 1 + len(mark.text), "image": mark.start + 2 + len(mark.text)}
    return shown.get(mark.kind, mark.end), mark.end
