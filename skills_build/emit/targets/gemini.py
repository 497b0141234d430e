"""Gemini CLI: makes it read AGENTS.md, also in folders. It reads `.agents/skills` by itself.

Source: https://geminicli.com/docs/cli/gemini-md. Its default, GEMINI.md, is kept where the setting is new.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.projection import ListItems, Projected, RepositoryRules

LISTS: Final = (".gemini/settings.json",)
"""Files of people in which this target has items of a list."""


def project(_repository: RepositoryRules) -> Iterator[Projected]:
    """Yield the name of the file to read."""
    yield ListItems(
        path=LISTS[0], key=("context", "fileName"), items=("AGENTS.md",), instead=("AGENTS.md", "GEMINI.md")
    )
