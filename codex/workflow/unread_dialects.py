"""Finds dialects in use that match no file, no rule, or no level."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codex.shell.reading import real_path
from skills_build.diagnostics import Finding, Span
from skills_build.model.config import CONFIG
from skills_build.model.standard import Standard
from skills_build.source.dialect_faults import unread_dialect

if TYPE_CHECKING:
    from codex.workflow.codex_folder import CodexFolder


def reads_nothing(place: "CodexFolder", standards: Sequence[Standard]) -> Iterator[Finding]:
    """Yield a finding for each dialect in use that finds no file, no rule or no level."""
    used = place.dialects if place.request.dialects else place.dialects[:-1]
    for number, (dialect, _) in enumerate(used):
        use = place.config.dialects[number].use if number < len(place.config.dialects) else ""
        name = _relative(place.request.dialects[number], place.root) if place.request.dialects else use
        read = [s for s in standards if place.dialect_of(s.path) is dialect]
        finding = unread_dialect(dialect, name, read, total=len(place.tree.names))
        if finding is not None and dialect.files.include:
            yield finding if place.request.dialects else replace(finding, path=CONFIG, span=_place_of(place, use))


def _relative(name: str, root: Path) -> str:
    """The path of a dialect's file from the root, as other findings have it; the name of a dialect that is built in."""
    if not Path(name).is_file():
        return name
    return Path(os.path.relpath(real_path(Path(name)), real_path(root))).as_posix()


def _place_of(place: "CodexFolder", use: str) -> Span:
    """The place in codex.yaml at which a dialect is named."""
    lines = place.sources.get(CONFIG, "").split("\n")
    found = ((n, line.find(use) + 1) for n, line in enumerate(lines, start=1) if "use:" in line and use in line)
    line, column = next(found, (1, 1))
    return Span(line, column, line, column + len(use))
