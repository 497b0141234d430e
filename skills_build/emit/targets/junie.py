"""JetBrains Junie: a block in `.junie/guidelines.md`, which it reads unless its settings name AGENTS.md.

Source: https://www.jetbrains.com/help/junie/customize-guidelines.html.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.projection import HostText, Projected, RepositoryRules, joined_lines

HOSTS: Final = (".junie/guidelines.md",)
"""Files of the repository itself in which this target has a block."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield a page that leads to AGENTS.md and has its rules, in case it is not read."""
    shown = [rule for rule in repository.rules if rule.rule.id in repository.shown]
    text = f"## {repository.title}\n\nRead AGENTS.md at the root of the repository, and follow it."
    yield HostText(path=HOSTS[0], text=f"{text} These rules are blocking:\n\n{joined_lines(shown)}" if shown else text)
