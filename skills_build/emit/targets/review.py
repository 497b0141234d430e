"""`.agents/review.md`: a flat list of the rules for reviewers that take a file with instructions, such as pr-agent."""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import text_file
from skills_build.emit.projection import (
    INTRODUCTION,
    Projected,
    RepositoryRules,
    fitting,
    joined_lines,
    left_out,
)

FILE: Final = ".agents/review.md"
"""The file that this target owns."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield the page, in order of what blocks."""
    shown = fitting(repository.rules)
    yield text_file(FILE, f"# {repository.title}: review\n\n{INTRODUCTION}\n\n{joined_lines(shown)}\n")
    yield from left_out("review", len(repository.rules) - len(shown))
