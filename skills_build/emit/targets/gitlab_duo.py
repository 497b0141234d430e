"""GitLab Duo: instructions for its reviewer, which reads neither AGENTS.md nor skills.

Source: https://docs.gitlab.com/user/duo_agent_platform/customize/review_instructions/.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.projection import (
    INTRODUCTION,
    ListItems,
    Projected,
    RepositoryRules,
    by_files,
    fitting,
    group_name,
    joined_lines,
    left_out,
)

LISTS: Final = (".gitlab/duo/mr-review-instructions.yaml",)
"""Files of people in which this target has items of a list."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield a group of instructions for each kind of files."""
    shown = fitting(repository.rules)
    groups = tuple(
        {
            "name": group_name(repository.title, globs),
            "fileFilters": list(globs),
            "instructions": f"{INTRODUCTION}\n\n{joined_lines(rules)}\n",
        }
        for globs, rules in by_files(shown).items()
    )
    if groups:
        yield ListItems(path=LISTS[0], key=("instructions",), items=groups)
    yield from left_out("gitlab-duo", len(repository.rules) - len(shown))
