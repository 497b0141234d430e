"""Merges skills for delivery into a repository: by domain, with only the rules that apply there.

The codex itself has a skill for each domain or `skill:` key, with references. A repository that gets short skills has
fewer files to review (docs/decisions/0035).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from skills_build.compile.fragment import SkillIndex, shortened, trigger
from skills_build.compile.names import skill_name
from skills_build.compile.prose import rule_line
from skills_build.compile.ranking import in_display_order
from skills_build.compile.titles import skill_title
from skills_build.model.bundle import PlacedRule, Skill
from skills_build.model.config import Config
from skills_build.model.manifest import DeliveredSkill

LONGEST: Final = 20_000
"""Maximum size of a SKILL.md, in bytes: 5,000 tokens of four bytes
(https://agentskills.io/specification#progressive-disclosure).
"""
_REASON_BYTES: Final = 130
_TEMPLATE_BYTES: Final = 1_200
_DESCRIPTION_LENGTH: Final = 480
_TRIGGER_LENGTHS: Final = (320, 200, 120, 80, 50, 30)


def delivered_skills(skills: Sequence[Skill], config: Config) -> tuple[DeliveredSkill, ...]:
    """Return the skills that repositories get: one for each domain, or for each group in `delivery.merge`."""
    groups = {domain: name for name, domains in config.delivery.merge.items() for domain in (*domains, name)}
    keys: dict[str, list[str]] = {}
    for skill in skills:
        for placed in skill.rules:
            key = group_key(placed, skill)
            keys.setdefault(groups.get(key, key), []).append(key)
    return tuple(
        DeliveredSkill(
            name=skill_name(config.namespace, name),
            title=skill_title(name, config),
            domains=tuple(sorted(set(keys[name]))),
        )
        for name in sorted(keys)
    )


def group_key(placed: PlacedRule, skill: Skill) -> str:
    """Return what a rule is grouped by: the domain of its standard, else the key of its skill."""
    return placed.standard.domain or skill.key


def merged_index(index: SkillIndex, rules: Sequence[PlacedRule], delivered: Sequence[DeliveredSkill]) -> SkillIndex:
    """Return an index of the delivered skills with only these rules. A skill that would be too long is not merged."""
    groups = {domain: row for row in delivered for domain in row.domains}
    by_group: dict[DeliveredSkill | None, dict[str, list[PlacedRule]]] = {}
    for placed in rules:
        own = index.home[placed.rule.id]
        row = groups.get(group_key(placed, own))
        by_group.setdefault(row, {}).setdefault(own.name, []).append(placed)
    by_name = {skill.name: skill for skill in index.skills}
    skills = (skill for row, parts in by_group.items() for skill in _skills(row, parts, by_name))
    return SkillIndex.of(sorted(skills, key=lambda skill: skill.name))


def _skills(
    row: DeliveredSkill | None, parts: Mapping[str, Sequence[PlacedRule]], by_name: Mapping[str, Skill]
) -> Iterator[Skill]:
    """Yield the skills of one domain: merged into one, unless the page would be too long."""
    originals = [by_name[name] for name in parts]
    rules = [placed for own in parts.values() for placed in own]
    if row is None or (len(parts) > 1 and page_bytes(rules) > LONGEST):
        for skill in originals:
            yield _with_rules(skill, parts[skill.name])
        return
    merged = replace(originals[0], name=row.name, domains=row.domains)
    if len(originals) > 1:
        merged = replace(merged, key=row.name, title=row.title, description=_description(row, originals))
    yield _with_rules(merged, rules)


def _with_rules(skill: Skill, rules: Sequence[PlacedRule]) -> Skill:
    ordered = in_display_order(rules, rules, ())
    return replace(skill, rules=tuple(rules), highlights=ordered, owner=_owner(rules), overview=_overview(rules))


def _owner(rules: Iterable[PlacedRule]) -> str | None:
    """Return the owner of all the rules, if they have the same one."""
    owners = {placed.standard.owner for placed in rules}
    return owners.pop() if len(owners) == 1 else None


def _overview(rules: Sequence[PlacedRule]) -> str:
    titles = list(dict.fromkeys(f'"{placed.standard.title}"' for placed in rules))
    blocking = [placed.blocks for placed in rules]
    force = " (all blocking)" if all(blocking) else " (some blocking)" if any(blocking) else ""
    return f"Rules from {_joined(titles)} that apply to this repository{force}."


def _joined(words: Sequence[str]) -> str:
    """Join names; a comma precedes the last one if a name contains `and`, as in "APIs and events, and Services"."""
    stop = ", and" if any(" and " in word for word in words) else " and"
    return f"{', '.join(words[:-1])}{stop} {words[-1]}" if len(words) > 1 else "".join(words)


def _description(row: DeliveredSkill, originals: Sequence[Skill]) -> str:
    """Return what a merged skill is for, and when to use each of its parts, shortened until it fits."""
    start = f"{row.title}: rules on {_joined([skill.title for skill in originals])}. Use when "
    triggers = [trigger(skill.description) or f"you work on {skill.title}" for skill in originals]
    text = ""
    for longest in _TRIGGER_LENGTHS:
        text = f"{start}{', or '.join(shortened(words, longest) for words in triggers)}."
        if len(text) <= _DESCRIPTION_LENGTH:
            break
    return text[:1020]


def page_bytes(rules: Iterable[PlacedRule]) -> int:
    """Return about how many bytes the SKILL.md of these rules has."""
    return _TEMPLATE_BYTES + sum(len(rule_line(placed).encode()) + _REASON_BYTES for placed in rules)
