"""`.agents/review.md`: a flat list of the rules for reviewers that take a file with instructions, such as pr-agent."""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import text_file
from skills_build.emit.projection import (
    INTRODUCTION,
    Projected,
    RepositoryRules,
    joined_lines,
    left_out,
    review_lines,
)

FILE: Final = ".agents/review.md"
"""The file that this target owns."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield the page, in order of what blocks."""
    lines = review_lines(repository.rules)
    shown = repository.rules[: len(repository.rules) - lines.left_out]
    yield text_file(FILE, f"# {repository.title}: review\n\n{INTRODUCTION}\n\n{joined_lines(shown)}\n")
    yield from left_out("review", lines)
