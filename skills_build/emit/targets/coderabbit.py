"""CodeRabbit: path instructions, of at most 20,000 characters each. It also reads AGENTS.md by itself.

So it only gets the rules that AGENTS.md does not show: https://docs.coderabbit.ai/pr-reviews/review-instructions.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.counts import counted
from skills_build.emit.globs import join_globs
from skills_build.emit.projection import (
    INTRODUCTION,
    ListItems,
    Projected,
    Remark,
    RepositoryRules,
    by_files,
    fitting,
    joined_lines,
    left_out,
)

LISTS: Final = (".coderabbit.yaml",)
"""Files of people in which this target has items of a list."""
_MOST: Final = 18_000


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield instructions for each kind of files."""
    hidden = [placed for placed in repository.rules if placed.rule.id not in repository.shown]
    shown, items = fitting(hidden), []
    for globs, rules in by_files(shown).items():
        own = fitting(rules, _MOST)
        path = f"{{{join_globs(globs)}}}" if len(globs) > 1 else globs[0]
        text = f"{repository.title}: {INTRODUCTION}\n\n{joined_lines(own)}\n"
        items.append({"path": path, "instructions": text})
        if len(own) < len(rules):
            missing = counted(len(rules) - len(own), "rule")
            yield Remark(text=f"`{LISTS[0]}` omits {missing} for `{path}`: entries have a size limit")
    if items:
        yield ListItems(path=LISTS[0], key=("reviews", "path_instructions"), items=tuple(items))
    yield from left_out("coderabbit", len(hidden) - len(shown))
