"""Plans the output of a codex: skills and fragments within their budgets. Independent of any client's file format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from skills_build.compile.catalogue import smallest_limit
from skills_build.compile.fragment import SkillIndex, fragments
from skills_build.compile.group import SkillBudget, groups, skill
from skills_build.compile.index import index_skill
from skills_build.compile.link_index import LinkIndex
from skills_build.compile.references import ReferenceSource, people_pages, too_long
from skills_build.compile.select import is_for_code, select_rules
from skills_build.model.bundle import ClientLimits, Fragment, PlacedRule, Plan, Skill
from skills_build.model.codex import Codex
from skills_build.model.config import Config, Profile

__all__ = ["Plan", "make_plan", "select_rules"]


def make_plan(codex: Codex, config: Config, *, as_of: str, limits: Sequence[ClientLimits] = ()) -> Plan:
    """Plan the skills and fragments for the rules that ship on `as_of` (`YYYY-MM-DD`).

    Budgets are those of `config`, or the smallest limit of the clients in `limits` if that is lower. A rule that fits
    in no file is reported as a finding; it is still planned in full, never cut.
    """
    rules = select_rules(codex, None, as_of)
    links = LinkIndex(codex, rules, config.source_url)
    by_path = _by_path(rule for rule in rules if is_for_code(rule))
    for_people = _by_path(rule for rule in rules if not is_for_code(rule))
    only_people = frozenset(for_people) - frozenset(by_path)
    source = ReferenceSource(rules=by_path, destinations=links, as_of=as_of, without_text=only_people)
    people_source = ReferenceSource(rules=for_people, destinations=links, as_of=as_of, without_text=frozenset(by_path))
    people = people_pages(codex.standards, people_source, config.budgets.reference)
    budget = _skill_budget(config, limits)
    grouped = groups(codex.standards, by_path)
    domain_skills = tuple(
        skill(key, standards, source, config, budget, skills=len(grouped) + 1) for key, standards in grouped.items()
    )
    skills = (*domain_skills, index_skill(domain_skills, config, budget, people=people.rules)) if domain_skills else ()
    return Plan(
        skills=tuple(sorted(skills, key=lambda skill: skill.name)),
        fragments=tuple(_fragments(skills, config)),
        people=people,
        findings=tuple(
            finding
            for pages, name in (*((own.references, own.name) for own in domain_skills), (people.pages, "people"))
            for finding in too_long(pages, budget.reference, name)
        ),
        limits=tuple(limits),
    )


def _by_path(rules: Iterable[PlacedRule]) -> dict[str, list[PlacedRule]]:
    by_path: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        by_path.setdefault(rule.standard.path, []).append(rule)
    return by_path


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
