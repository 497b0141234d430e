"""The modules of the program, as syntax trees."""

from collections.abc import Collection, Iterator
from pathlib import Path

from tests.support.data import ROOT


def sources() -> list[Path]:
    """Return the path of every module of the program."""
    return sorted(path for package in ("codex", "skills_build") for path in (ROOT / package).rglob("*.py"))


def sources_with(parts: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield path and text of each module whose text has one of these parts, as `.open(`, without parsing all of them."""
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if any(part in text for part in parts):
            yield path.relative_to(ROOT).as_posix(), text
