"""CodeRabbit: path instructions, of at most 20,000 characters each. It also reads AGENTS.md by itself.

So it only gets the rules that AGENTS.md does not show: https://docs.coderabbit.ai/pr-reviews/review-instructions.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.globs import join_globs
from skills_build.emit.projection import (
    INTRODUCTION,
    ListItems,
    Projected,
    Remark,
    RepositoryRules,
    joined_lines,
    left_out,
    review_lines,
)

LISTS: Final = (".coderabbit.yaml",)
"""Files of people in which this target has items of a list."""
_MOST: Final = 18_000


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield instructions for each kind of files."""
    lines = review_lines([rule for rule in repository.rules if rule.rule.id not in repository.shown])
    items = []
    for globs, rules in lines.by_files.items():
        fitting = review_lines(rules, most=_MOST)
        path = f"{{{join_globs(globs)}}}" if len(globs) > 1 else globs[0]
        text = f"{repository.title}: {INTRODUCTION}\n\n{joined_lines(rules[: len(rules) - fitting.left_out])}\n"
        items.append({"path": path, "instructions": text})
        if fitting.left_out:
            yield Remark(text=f"`{LISTS[0]}` leaves out {fitting.left_out} rules for `{path}`: an entry has a limit")
    if items:
        yield ListItems(path=LISTS[0], key=("reviews", "path_instructions"), items=tuple(items))
    yield from left_out("coderabbit", lines)
