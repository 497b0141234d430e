"""A title in the front matter that differs from the first heading."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import CANONICAL
from skills_build.source.candidates import visible_text
from skills_build.source.document import Document


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding where a standard of our own format has two titles."""
    standard = document.standard
    if standard.dialect != CANONICAL or not standard.states("title"):
        return
    heading = next((block for block in document.blocks if block.kind == "heading" and block.inline), None)
    if heading is None or heading.inline is None or heading.depth != 1:
        return
    shown = visible_text(heading.inline.text)
    if _folded(shown) != _folded(visible_text(standard.title)):
        yield Finding(
            code="CX036",
            message=f"the title is `{standard.title[:60]}`, but the first heading is `{shown[:60]}`",
            path=document.path,
            span=standard.place("title"),
            help="use the same text for the title and the heading: skills show the title, but readers see the heading",
        )


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


LINT: Final = Lint(code="CX036", name="title-is-not-the-heading", severity=Severity.WARNING, document=check)
