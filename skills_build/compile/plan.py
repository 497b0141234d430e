"""Plans the output of a codex: skills and fragments within their budgets. Independent of any client's file format."""

from collections.abc import Iterator, Mapping, Sequence

from skills_build.compile.catalogue import smallest_limit
from skills_build.compile.fragment import SkillIndex, fragments
from skills_build.compile.group import SkillBudget, groups, skill
from skills_build.compile.index import index_skill
from skills_build.compile.link_index import LinkIndex
from skills_build.compile.references import ReferenceSource, too_long
from skills_build.compile.select import select_rules
from skills_build.model.bundle import ClientLimits, Fragment, PlacedRule, Plan, Skill
from skills_build.model.config import Config, Profile
from skills_build.model.standard import Codex

__all__ = ["Plan", "make_plan", "select_rules"]


def make_plan(codex: Codex, config: Config, *, as_of: str, limits: Sequence[ClientLimits] = ()) -> Plan:
    """Plan the skills and fragments for the rules that ship on `as_of` (`YYYY-MM-DD`).

    Budgets are those of `config`, or the smallest limit of the clients in `limits` if that is lower. A rule that fits
    in no file is reported as a finding; it is still planned in full, never cut.
    """
    rules = select_rules(codex, None, as_of)
    by_path: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        by_path.setdefault(rule.standard.path, []).append(rule)
    source = ReferenceSource(rules=by_path, destinations=LinkIndex(codex, rules, config.source_url), as_of=as_of)
    budget = _skill_budget(config, limits)
    grouped = groups(codex.standards, by_path)
    domain_skills = tuple(
        skill(key, standards, source, config, budget, skills=len(grouped) + 1) for key, standards in grouped.items()
    )
    skills = (*domain_skills, index_skill(domain_skills, config, budget)) if domain_skills else ()
    return Plan(
        skills=tuple(sorted(skills, key=lambda skill: skill.name)),
        fragments=tuple(_fragments(skills, config)),
        findings=tuple(
            finding for own in domain_skills for finding in too_long(own.references, budget.reference, own.name)
        ),
        limits=tuple(limits),
    )


def _skill_budget(config: Config, limits: Sequence[ClientLimits]) -> SkillBudget:
    budgets = config.budgets
    return SkillBudget(
        skill=smallest_limit((limit.skill_bytes for limit in limits), budgets.skill),
        reference=budgets.reference,
        catalogue=smallest_limit((limit.catalogue_chars for limit in limits), budgets.catalogue),
        description=budgets.description,
    )


def _fragments(skills: Sequence[Skill], config: Config) -> Iterator[Fragment]:
    profiles: Mapping[str, Profile | None] = config.profiles or {"all": None}
    index = SkillIndex.of(skills)
    for name in sorted(profiles):
        yield from fragments(name, profiles[name], index, config)
