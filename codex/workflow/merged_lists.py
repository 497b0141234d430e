"""Finds lists in SKILL.md that became longer than usual when Git merged branches that each made them longer.

Each branch was built, and neither list was too long. Git has both additions, so that the list is whole, while a build
would cut it. The list is correct as it is, and the next build cuts it.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from codex.shell.reading import read_file
from skills_build.compile.highlights import MAX_CHECKS, MAX_HIGHLIGHTS, possible_checks
from skills_build.model.bundle import Plan, Skill

_RULE: Final = re.compile(r"^- (\S+?)(?: \([A-Z ]+\))?: ", re.MULTILINE)
_CHECK: Final = re.compile(r"^- \[ \] (\S+?): ", re.MULTILINE)


def merged_lists(plan: Plan, out: Path) -> tuple[str, ...]:
    """Return the lists in `out` that contain all that they can, and more than a build shows: see `Config.whole`."""
    return tuple(f"{skill.name}:{part}" for skill in plan.skills if not skill.index for part in _whole(skill, out))


def _whole(skill: Skill, out: Path) -> Iterator[str]:
    every = [placed.rule.id for placed in skill.rules]
    try:
        page = read_file(out / "skills" / skill.name / "SKILL.md").decode("utf-8", "replace")
    except OSError:
        return
    if len(every) > MAX_HIGHLIGHTS and _lists(page, _RULE, every):
        yield "rules"
    every = [check.id for check in possible_checks(skill.rules)]
    if len(every) > MAX_CHECKS and _lists(page, _CHECK, every):
        yield "checks"


def _lists(page: str, pattern: re.Pattern[str], ids: Collection[str]) -> bool:
    return {match[1] for match in pattern.finditer(page)} >= {*ids}
