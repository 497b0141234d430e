"""Groups standards into skills: one for each domain, or for the `skill:` key of a standard."""

from collections.abc import Mapping, Sequence

from skills_build.compile.describe import description, overview
from skills_build.compile.highlights import (
    MAX_CHECKS,
    MAX_HIGHLIGHTS,
    TEMPLATE_BYTES,
    checks,
    highlights,
    highlights_size,
    routes,
    routes_size,
)
from skills_build.compile.names import portable_name, skill_name
from skills_build.compile.references import ReferenceSource, references
from skills_build.compile.titles import skill_title
from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule, Skill
from skills_build.model.config import Config
from skills_build.model.standard import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillBudget:
    """The size limits of one skill: bytes of SKILL.md and of a reference, characters of all descriptions together."""

    skill: int
    reference: int
    catalogue: int
    description: int

    def description_for(self, skills: int, name: str) -> int:
        """Return the characters for the description of the skill `name` if `skills` skills share the catalogue."""
        return max(120, min(self.description, self.catalogue // max(1, skills) - len(name) - 4))


def groups(
    standards: Sequence[Standard], rules: Mapping[str, Sequence[PlacedRule]]
) -> Mapping[str, tuple[Standard, ...]]:
    """Group standards by the key of their skill, sorted; a skill without rules is left out."""
    by_key: dict[str, list[Standard]] = {}
    for standard in sorted(standards, key=lambda standard: standard.path):
        by_key.setdefault(portable_name(standard.skill or standard.domain or "general", max_length=64), []).append(
            standard
        )
    return {
        key: tuple(by_key[key]) for key in sorted(by_key) if any(rules.get(standard.path) for standard in by_key[key])
    }


def skill(
    key: str,
    standards: Sequence[Standard],
    source: ReferenceSource,
    config: Config,
    budget: SkillBudget,
    *,
    skills: int,
) -> Skill:
    """Make one skill; `skills` is the number of skills that share the catalogue."""
    name = skill_name(config.namespace, key)
    title = skill_title(key, config, standards)
    rules = tuple(placed for standard in standards for placed in source.rules.get(standard.path, ()))
    pages = references(standards, source, budget.reference)
    shipping = [standard for standard in standards if source.rules.get(standard.path)]
    own_description = description(key, config, shipping, rules, budget.description_for(skills, name))
    left = budget.skill - TEMPLATE_BYTES - len(own_description.encode())
    router = routes(pages, left * 2 // 3)
    left -= routes_size(router)
    most = {part: len(rules) for part in ("rules", "checks") if f"{name}:{part}" in config.whole}
    shown = highlights(rules, config.priority, left, most=most.get("rules", MAX_HIGHLIGHTS))
    return Skill(
        name=name,
        key=key,
        title=title,
        description=own_description,
        overview=overview(key, config, shipping, rules),
        highlights=shown,
        references=pages,
        licence=_licence(standards, config),
        attribution=tuple(sorted({standard.attribution for standard in standards if standard.attribution})),
        domains=tuple(sorted({standard.domain for standard in standards})),
        owner=_owner(standards, config),
        routes=router,
        checks=checks(shown, left - highlights_size(shown), most=most.get("checks", MAX_CHECKS)),
        rules=rules,
    )


def _licence(standards: Sequence[Standard], config: Config) -> str | None:
    own = sorted({standard.licence for standard in standards if standard.licence})
    return " AND ".join(own) if own else config.licence


def _owner(standards: Sequence[Standard], config: Config) -> str | None:
    """Return the owner of all the standards, if they have the same one."""
    owners = {standard.owner or _domain_owner(standard.domain, config) for standard in standards}
    return owners.pop() if len(owners) == 1 else None


def _domain_owner(name: str, config: Config) -> str | None:
    domain = config.domains.get(name)
    return domain.owner if domain else None
