"""Standards grouped into skills: one for each domain, or for the `skill:` key a standard names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skills_build.compile.describe import description, overview, skill_title
from skills_build.compile.highlights import FRAME, checks, highlights, highlights_size, routes, routes_size
from skills_build.compile.names import named, skill_name
from skills_build.compile.references import ReferenceSource, references
from skills_build.model.bundle import PlacedRule, Skill
from skills_build.model.config import Config
from skills_build.model.standard import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillBudget:
    """What one skill may take: bytes of SKILL.md and of a reference, characters of all descriptions together."""

    skill: int
    reference: int
    catalogue: int
    description: int

    def described(self, skills: int, name: str) -> int:
        """Characters for one description where `skills` skills share the catalogue."""
        return max(120, min(self.description, self.catalogue // max(1, skills) - len(name) - 4))


def groups(
    standards: Sequence[Standard], rules: Mapping[str, Sequence[PlacedRule]]
) -> Mapping[str, tuple[Standard, ...]]:
    """Standards by the key of their skill, sorted; what would be a skill without a single rule is left out."""
    found: dict[str, list[Standard]] = {}
    for standard in sorted(standards, key=lambda standard: standard.path):
        found.setdefault(named(standard.skill or standard.domain or "general", most=64), []).append(standard)
    return {key: tuple(found[key]) for key in sorted(found) if any(rules.get(one.path) for one in found[key])}


def skill(
    key: str, standards: Sequence[Standard], source: ReferenceSource, config: Config, room: SkillBudget, *, of: int
) -> Skill:
    """Make one skill of the `of` that share the catalogue."""
    name = skill_name(config.namespace, key)
    title = skill_title(key, config, standards)
    rules = tuple(one for standard in standards for one in source.rules.get(standard.path, ()))
    made = references(standards, source, room.reference)
    speaking = [standard for standard in standards if source.rules.get(standard.path)]
    about = description(key, config, speaking, rules, room.described(of, name))
    left = room.skill - FRAME - len(about.encode())
    router = routes(made, left * 2 // 3)
    left -= routes_size(router)
    shown = highlights(rules, config.priority, left)
    return Skill(
        name=name,
        key=key,
        title=title,
        description=about,
        overview=overview(key, config, speaking, rules),
        highlights=shown,
        references=made,
        licence=_licence(standards, config),
        attribution=tuple(sorted({standard.attribution for standard in standards if standard.attribution})),
        domains=tuple(sorted({standard.domain for standard in standards})),
        owner=_owner(standards, config),
        routes=router,
        checks=checks(shown, left - highlights_size(shown)),
        rules=rules,
    )


def _licence(standards: Sequence[Standard], config: Config) -> str | None:
    own = sorted({standard.licence for standard in standards if standard.licence})
    return " AND ".join(own) if own else config.licence


def _owner(standards: Sequence[Standard], config: Config) -> str | None:
    """The one owner of all, if there is one."""
    owners = {standard.owner or _domain_owner(standard.domain, config) for standard in standards}
    return owners.pop() if len(owners) == 1 else None


def _domain_owner(name: str, config: Config) -> str | None:
    domain = config.domains.get(name)
    return domain.owner if domain else None
