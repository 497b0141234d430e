"""From a codex to what will be written: skills and fragments, all budgets kept. Knows no client's file format."""

from collections.abc import Iterator, Mapping, Sequence

from skills_build.compile.catalogue import tightest
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
    """Decide on skills and fragments for the rules that ship on `as_of` (`YYYY-MM-DD`).

    Budgets are those of `config`, or what the narrowest client of `limits` reads if that is less. Rules that fit in no
    file are findings; they are planned all the same, never cut.
    """
    rules = select_rules(codex, None, as_of)
    by_path: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        by_path.setdefault(rule.standard.path, []).append(rule)
    source = ReferenceSource(rules=by_path, destinations=LinkIndex(codex, rules, config.source_url), as_of=as_of)
    room = _room(config, limits)
    grouped = groups(codex.standards, by_path)
    made = tuple(skill(key, standards, source, config, room, of=len(grouped) + 1) for key, standards in grouped.items())
    skills = (*made, index_skill(made, config, room)) if made else ()
    return Plan(
        skills=tuple(sorted(skills, key=lambda skill: skill.name)),
        fragments=tuple(_fragments(skills, config)),
        findings=tuple(finding for one in made for finding in too_long(one.references, room.reference, one.name)),
        limits=tuple(limits),
    )


def _room(config: Config, limits: Sequence[ClientLimits]) -> SkillBudget:
    budgets = config.budgets
    return SkillBudget(
        skill=tightest((limit.skill_bytes for limit in limits), budgets.skill),
        reference=budgets.reference,
        catalogue=tightest((limit.catalogue_chars for limit in limits), budgets.catalogue),
        description=budgets.description,
    )


def _fragments(skills: Sequence[Skill], config: Config) -> Iterator[Fragment]:
    profiles: Mapping[str, Profile | None] = config.profiles or {"all": None}
    shelf = SkillIndex.of(skills)
    for name in sorted(profiles):
        yield from fragments(name, profiles[name], shelf, config)
