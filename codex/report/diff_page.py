"""The diff of one repository as an HTML page without scripts."""

from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.emit.render import Renderer

MAX_LINES: Final = 20_000
"""Maximum number of lines on a page."""
_KINDS: Final = {"+++": "file", "---": "file", "@@ ": "hunk", "+": "added", "-": "deleted"}


def diff_page(name: str, reason: str, diff: str, templates: Mapping[str, str]) -> str:
    """Return the page of a unified diff."""
    lines = diff.splitlines()
    values = {
        "name": name,
        "reason": reason,
        "lines": list(_marked(lines[:MAX_LINES])),
        "more": max(0, len(lines) - MAX_LINES),
    }
    return Renderer(templates).render("fleet/diff.html.j2", values)


def _marked(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each line with the kind of line that it is."""
    for line in lines:
        yield next((kind for start, kind in _KINDS.items() if line.startswith(start)), "same"), line
