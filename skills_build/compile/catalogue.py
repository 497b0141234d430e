"""How much of the skill catalogue each client shows to its model. Measures; changes nothing."""

from collections.abc import Iterable, Sequence
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.bundle import ClientLimits, Skill

_ENTRY_OVERHEAD = 4
"""Number of characters that a client adds to a name and a description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueCoverage:
    """How much of the catalogue one client shows: skills listed, and skills listed with their whole description."""

    client: str
    skills: int
    listed: int
    whole: int
    chars: int
    """Size of the whole catalogue in characters."""
    limit: int
    """Characters that the client shows; 0 if no limit is known."""


def entry_chars(skill: Skill) -> int:
    """Return the characters that one skill takes in a catalogue."""
    return len(skill.name) + len(skill.description) + _ENTRY_OVERHEAD


OTHER_SKILL_CHARS: Final = 300
"""Characters of a name and description of a skill from elsewhere: those of the starter codex and of published plugins
have between 150 and 450."""


def catalogue_coverage(skills: Sequence[Skill], limits: ClientLimits, *, others: int = 0) -> CatalogueCoverage:
    """Measure how much of the catalogue fits in `limits`, in order of the skills' names.

    `others` skills from elsewhere are listed first.
    """
    chars = listed = whole = 0
    taken = others * OTHER_SKILL_CHARS
    for skill in sorted(skills, key=lambda skill: skill.name):
        cost = entry_chars(skill)
        chars += cost
        fits = not limits.catalogue_chars or chars + taken <= limits.catalogue_chars
        untruncated = len(skill.description) <= (limits.description_chars or cost) and cost <= (
            limits.entry_chars or cost
        )
        listed += fits
        whole += fits and untruncated
    if limits.shortens_all and 0 < limits.catalogue_chars < chars + taken:
        listed, whole = len(skills), 0
    return CatalogueCoverage(
        client=limits.name, skills=len(skills), listed=listed, whole=whole, chars=chars, limit=limits.catalogue_chars
    )


def smallest_limit(limits: Iterable[int], budget: int) -> int:
    """Return the smallest of a budget and the limits of clients; a limit of 0 is none."""
    return min([budget, *(limit for limit in limits if limit)])
