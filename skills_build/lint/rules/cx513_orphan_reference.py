"""A reference without a link to it, or a broken link within a skill."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output
from skills_build.source.markdown import parse_markdown

_LINK: Final = re.compile(r"\]\(([^()\s#]+)(?:#[^()\s]*)?\)")


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each reference that no SKILL.md links to, and each relative link to a missing file."""
    for skill in output.skills:
        start = f"skills/{skill.name}/"
        own = {p.removeprefix(start): d for p, d in output.files.items() if p.startswith(start)}
        linked = set(_links(own.get("SKILL.md", b"")))
        for path in sorted(own):
            if path.startswith("references/") and path not in linked:
                yield _finding(start + path, "no SKILL.md links to this reference")
            broken = [goal for goal in _links(own[path]) if not _exists(goal, path, own)]
            real = _parsed_links(own[path]) if broken else frozenset()
            for goal in broken:
                if goal in real:
                    yield _finding(start + path, f"link target `{goal}` does not exist")


def _exists(goal: str, path: str, own: Mapping[str, bytes]) -> bool:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), goal)) in own


def _links(data: bytes) -> list[str]:
    """Return the targets of what looks like a link within the skill, also in code."""
    text = data.decode("utf-8", "replace")
    return [m[1] for m in _LINK.finditer(text) if not re.match(r"[a-z][a-z0-9+.-]*:|//", m[1], re.IGNORECASE)]


def _parsed_links(data: bytes) -> frozenset[str]:
    """Return the targets of the links as a parser reads them, which takes code for code."""
    blocks = parse_markdown(data.decode("utf-8", "replace").split("\n")).blocks
    inlines = (block.inline for top in blocks for block in top.walk() if block.inline)
    return frozenset(link.target.partition("#")[0] for inline in inlines for link in inline.links)


def _finding(path: str, message: str) -> Finding:
    help_ = "this is a bug in codexc: report it and include the source standard"
    return Finding(code="CX513", message=message, path=path, help=help_)


LINT: Final = Lint(code="CX513", name="orphan-reference", severity=Severity.ERROR, output=check)
