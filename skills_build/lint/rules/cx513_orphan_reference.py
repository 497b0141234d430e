"""A reference without a link to it, or a broken link within a skill."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

_LINK: Final = re.compile(r"\]\(([^()\s#]+)(?:#[^()\s]*)?\)")
_FENCED: Final = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*\s*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each reference that no SKILL.md links to, and each relative link to a missing file."""
    for skill in output.skills:
        start = f"skills/{skill.name}/"
        own = {p.removeprefix(start): d for p, d in output.files.items() if p.startswith(start)}
        linked = set(_links(own.get("SKILL.md", b"")))
        for path in sorted(own):
            if path.startswith("references/") and path not in linked:
                yield _finding(start + path, "no SKILL.md links to this reference")
            for goal in _links(own[path]):
                if posixpath.normpath(posixpath.join(posixpath.dirname(path), goal)) not in own:
                    yield _finding(start + path, f"link target `{goal}` does not exist")


def _links(data: bytes) -> list[str]:
    text = _FENCED.sub("", data.decode("utf-8", "replace"))
    return [m[1] for m in _LINK.finditer(text) if not re.match(r"[a-z][a-z0-9+.-]*:|//", m[1], re.IGNORECASE)]


def _finding(path: str, message: str) -> Finding:
    help_ = "this is a bug in codexc: report it with the standard it came from"
    return Finding(code="CX513", message=message, path=path, help=help_)


LINT: Final = Lint(code="CX513", name="orphan-reference", severity=Severity.ERROR, output=check)
