"""What of the skills' catalogue each client shows its model. Measures; changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skills_build.model.bundle import ClientLimits, Skill

_AROUND = 4
"""Characters a client puts around a name and a description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """How much of the catalogue one client shows: skills listed at all, and those with their whole description."""

    client: str
    skills: int
    listed: int
    whole: int
    chars: int
    """Characters that the catalogue has."""
    limit: int
    """Characters that the client shows; 0 where none is known."""


def entry_chars(skill: Skill) -> int:
    """Characters that one skill takes in a catalogue."""
    return len(skill.name) + len(skill.description) + _AROUND


def survival(skills: Sequence[Skill], limits: ClientLimits) -> Survival:
    """Measure what `limits` leave of the catalogue, skills in order of their names."""
    chars = listed = whole = 0
    for skill in sorted(skills, key=lambda skill: skill.name):
        cost = entry_chars(skill)
        chars += cost
        fits = not limits.catalogue_chars or chars <= limits.catalogue_chars
        short = len(skill.description) <= (limits.description_chars or cost) and cost <= (limits.entry_chars or cost)
        listed += fits
        whole += fits and short
    return Survival(
        client=limits.name, skills=len(skills), listed=listed, whole=whole, chars=chars, limit=limits.catalogue_chars
    )


def tightest(values: Iterable[int], own: int) -> int:
    """The smallest of our own budget and what clients allow; 0 is no limit."""
    return min([own, *(value for value in values if value)])
