"""Elixir: mix.exs, read as text, never run."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Fact, Title
from codex.profile.technologies import of_dependencies

_APP: Final = re.compile(r"\bapp:\s*:(\w+)")
_COMMENT: Final = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_DEPENDENCY: Final = re.compile(r"\{\s*:(\w+)\s*,")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the name and the dependencies in mix.exs."""
    text = _COMMENT.sub("", folder.text("mix.exs"))
    name = _APP.search(text)
    if name:
        yield Title(name=name[1])
    yield from of_dependencies(_DEPENDENCY.findall(text)[:500], f"{folder.at('mix.exs')}#deps")
