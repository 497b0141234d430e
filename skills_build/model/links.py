"""The types of links and footnotes in standards."""

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link or image: `target` as written, the place of the target, and the text shown."""

    target: str
    text: str
    span: Span
    image: bool = False
    reference: str | None = None
    """The label of a reference link (`[text][label]`), whose target is in a definition elsewhere."""
    site: str | None = None
    """The target without escapes, or as the corpus's site resolves it, where that is not as written."""
    title: str = ""
    """The title in the definition of a reference link."""

    @property
    def goal(self) -> str:
        """The target: as the site resolves it, otherwise as written."""
        return self.target if self.site is None else self.site


@dataclass(frozen=True, slots=True, kw_only=True)
class Footnote:
    """A footnote, `[^name]: text`, on one line of Markdown; `line` to `end_line` define it."""

    name: str
    text: str
    line: int
    end_line: int
