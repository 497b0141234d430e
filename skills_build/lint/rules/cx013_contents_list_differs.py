"""A table of contents that differs from the headings."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from skills_build.diagnostics import Finding, Severity
from skills_build.frozen import dataclass
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import Anchors
from skills_build.source.candidates import visible_text
from skills_build.source.document import Block, Document, Inline
from skills_build.source.id_marks import OWN_ID

_ENTRY: Final = re.compile(r"\[(.*)\]\(#([^()\s]*)\)[.;,]?", re.DOTALL)
_ID: Final = re.compile(rf"(?<!\s)\s*+\({OWN_ID}\)$")

_NUMBER: Final = re.compile(r"\A(?:\d+(?:\.\d+)*[.)]?|[A-Z][.)])(?:\s+|\Z)")
_COUNT: Final = re.compile(r"(?<!\s)\s*\(\d+\)\Z")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each list item that only links to a heading of this file and has a different text.

    An entry may leave out the id that its heading ends with.
    """
    if not any(link.target.startswith("#") for link in document.standard.links):
        return
    headings, anchors = _headings(document), Anchors(document.standard)
    for top in _lists(document.blocks):
        entries = [entry for block in top.walk() if (entry := _entry(block, headings, anchors))]
        differ = sum(entry.differs for entry in entries)
        for entry in entries:
            if entry.wrong and not (entry.differs and differ * 2 > len(entries)):
                yield Finding(
                    code="CX013",
                    message=entry.wrong,
                    path=document.path,
                    span=entry.inline.span(0, len(entry.inline.text)),
                    help="copy the heading text",
                )


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item that is only a link to this file, and what is wrong with it; `differs` if its heading has other words."""

    inline: Inline
    wrong: str
    differs: bool


def _lists(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the outermost lists. Where most entries have other words than their headings, a list is no contents."""
    for block in blocks:
        if block.kind == "list":
            yield block
        else:
            yield from _lists(block.children)


def _entry(block: Block, headings: dict[str, str], anchors: Anchors) -> _Entry | None:
    inline = block.children[0].inline if block.kind == "item" and block.children else None
    match = _ENTRY.fullmatch(inline.text) if inline else None
    if inline is None or match is None or len(inline.links) != 1:
        return None
    fragment = unquote(match[2])
    wrong = _wrong(visible_text(match[1]), fragment, headings)
    known = fragment in headings
    return _Entry(inline, wrong if known or fragment not in anchors else "", bool(wrong) and known)


def _headings(document: Document) -> dict[str, str]:
    titles = [
        visible_text(b.inline.text) for top in document.blocks for b in top.walk() if b.kind == "heading" and b.inline
    ]
    return dict(zip(document.standard.anchors, titles, strict=False))


def _wrong(text: str, fragment: str, headings: dict[str, str]) -> str:
    if fragment not in headings:
        return f"table of contents links to `#{fragment}`, but no heading has this anchor"
    if _plain(text) not in (_plain(headings[fragment]), _plain(_ID.sub("", headings[fragment]))):
        return f"table of contents contains `{text}`, but the heading is `{headings[fragment]}`"
    return ""


def _plain(text: str) -> str:
    """Return a text without its number, and without the number of entries behind it, which lists add or leave out."""
    bare = _COUNT.sub("", _NUMBER.sub("", text.strip()).strip()) or text
    return " ".join(bare.casefold().split()).rstrip(".")


LINT: Final = Lint(code="CX013", name="contents-list-differs", severity=Severity.WARNING, document=check)
