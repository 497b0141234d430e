"""A table of contents that differs from the headings."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import Anchors
from skills_build.source.candidates import visible_text
from skills_build.source.document import Document
from skills_build.source.id_marks import OWN_ID

_ENTRY: Final = re.compile(r"\[(.*)\]\(#([^()\s]*)\)[.;,]?", re.DOTALL)
_ID: Final = re.compile(rf"(?<!\s)\s*+\({OWN_ID}\)$")


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each list item that only links to a heading of this file and has a different text.

    An entry may leave out the id that its heading ends with.
    """
    if not any(link.target.startswith("#") for link in document.standard.links):
        return
    headings, anchors = _headings(document), Anchors(document.standard)
    for block in document.walk():
        if block.kind == "item" and block.children and (inline := block.children[0].inline):
            match = _ENTRY.fullmatch(inline.text)
            if match and len(inline.links) == 1:
                fragment = unquote(match[2])
                wrong = _wrong(visible_text(match[1]), fragment, headings)
                if wrong and (fragment in headings or fragment not in anchors):
                    yield Finding(
                        code="CX013",
                        message=wrong,
                        path=document.path,
                        span=inline.span(0, len(inline.text)),
                        help="copy the text of the heading",
                    )


def _headings(document: Document) -> dict[str, str]:
    titles = [
        visible_text(b.inline.text) for top in document.blocks for b in top.walk() if b.kind == "heading" and b.inline
    ]
    return dict(zip(document.standard.anchors, titles, strict=False))


def _wrong(text: str, fragment: str, headings: dict[str, str]) -> str:
    if fragment not in headings:
        return f"table of contents links to `#{fragment}`, but there is no such heading"
    if _plain(text) not in (_plain(headings[fragment]), _plain(_ID.sub("", headings[fragment]))):
        return f"table of contents says `{text}`, the heading says `{headings[fragment]}`"
    return ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


LINT: Final = Lint(code="CX013", name="contents-list-differs", severity=Severity.WARNING, document=check)
