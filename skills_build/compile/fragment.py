"""The content of an AGENTS.md block: always-on rules that fit, then a line per skill. Other rules are counted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.compile.nesting import hosted_folders, nested_folders
from skills_build.compile.prose import always_line
from skills_build.compile.ranking import always_on, in_display_order
from skills_build.compile.references import topic
from skills_build.compile.select import applicable_rules
from skills_build.frozen import dataclass
from skills_build.model.bundle import Fragment, IndexLine, PlacedRule, Skill
from skills_build.model.config import Budgets, Config, Parts, Profile
from skills_build.model.standard import Level

TEMPLATE_BYTES: Final = 1250
"""Bytes of a fragment reserved for the fixed text of its template."""
_TEMPLATE_LINES: Final = 30
_BYTES_PER_TOKEN: Final = 4
_LINE_OVERHEAD: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkillIndex:
    """The input of fragments: all skills, and for each rule id the skill that defines the rule.

    Compared by identity, so that fragments can be cached by their index.
    """

    skills: tuple[Skill, ...]
    finder: str
    home: Mapping[str, Skill]

    @classmethod
    def of(cls, skills: Sequence[Skill]) -> "SkillIndex":
        """Index `skills`, the index skill included."""
        home = {rule.rule.id: skill for skill in skills for rule in skill.rules}
        return cls(skills=tuple(skills), finder=next((skill.name for skill in skills if skill.index), ""), home=home)


def fragments(
    name: str, profile: Profile | None, index: SkillIndex, config: Config, parts: Parts | None = None
) -> tuple[Fragment, ...]:
    """Make the fragments of one profile (None is every rule): the root's, then one per folder with rules of its own.

    With `parts`, packages of a repository have fragments where their rules differ.
    """
    all_rules = [rule for skill in index.skills for rule in skill.rules]
    rules = all_rules if profile is None else applicable_rules(all_rules, profile)
    nested_only, also_nested = nested_folders(rules, parts), hosted_folders(rules, parts)
    nested: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        for folder in dict.fromkeys((*nested_only.get(rule.rule.id, ()), *also_nested.get(rule.rule.id, ()))):
            nested.setdefault(folder, []).append(rule)
    settings = _FragmentSettings(index=index, budgets=config.budgets, priority=config.priority)
    root = _fragment(name, "", tuple(rule for rule in rules if rule.rule.id not in nested_only), tuple(rules), settings)
    below = (_fragment(name, path, tuple(nested[path]), tuple(nested[path]), settings) for path in sorted(nested))
    return (root, *below)


@dataclass(frozen=True, slots=True, kw_only=True)
class _FragmentSettings:
    """The input that all fragments of a codex share."""

    index: SkillIndex
    budgets: Budgets
    priority: tuple[str, ...]


@lru_cache(maxsize=256)
def _fragment(
    name: str, folder: str, own: tuple[PlacedRule, ...], indexed: tuple[PlacedRule, ...], settings: _FragmentSettings
) -> Fragment:
    """Fill one fragment: a bare line for each skill, topics in a third of the rest, then rules, then more topics.

    Most repositories of a fleet share their rules with others, so the fragment for the same rules is cached.
    """
    skills, budgets = settings.index, settings.budgets
    room = _room(budgets)
    always = always_on(own, settings.priority)
    bare = _index_lines(indexed, skills)
    left = room - sum(index_size(line) for line in bare)
    topics = _with_topics(bare, indexed, skills, left // 3)
    left = room - sum(index_size(line) for line in topics)
    lines = budgets.fragment_lines - _TEMPLATE_LINES - len(bare)
    shown = tuple(_fitting(always, left, lines))
    left -= sum(rule_size(rule) for rule in shown)
    folded = always[len(shown) :]
    shown = in_display_order(shown, own, settings.priority)
    more = _with_topics(bare, indexed, skills, left + sum(map(index_size, topics)) - sum(map(index_size, bare)))
    counted = Counter(skills.home[rule.rule.id].name for rule in folded)
    lines_of_skills = tuple(replace(line, folded=counted[line.skill]) for line in more)
    return Fragment(
        profile=name, folder=folder, always=shown, folded=folded, index=lines_of_skills, finder=skills.finder
    )


def _room(budgets: Budgets) -> int:
    return min(budgets.fragment, budgets.fragment_tokens * _BYTES_PER_TOKEN) - TEMPLATE_BYTES


def _fitting(rules: Sequence[PlacedRule], room: int, lines: int) -> Iterator[PlacedRule]:
    for rule in rules:
        room -= rule_size(rule)
        lines -= 1
        if room < 0 or lines < 0:
            return
        yield rule


def rule_size(placed: PlacedRule) -> int:
    """Return the bytes of a rule's line."""
    return len(always_line(placed).encode()) + 1


def index_size(line: IndexLine) -> int:
    """Return the bytes of a skill's line, including its count of folded rules."""
    words = (line.skill, line.title, *line.topics, *line.beginnings)
    counts = sum(len(level) + 7 for level in line.counts)
    return sum(len(word.encode()) + 2 for word in words) + counts + _LINE_OVERHEAD


def _index_lines(rules: Sequence[PlacedRule], index: SkillIndex) -> tuple[IndexLine, ...]:
    by_skill: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        by_skill.setdefault(index.home[rule.rule.id].name, []).append(rule)
    lines = []
    for skill in index.skills:
        inside = by_skill.get(skill.name)
        if inside:
            counts = Counter(str(rule.rule.level) for rule in inside)
            ordered = {str(level): counts[str(level)] for level in Level if counts[str(level)]}
            ids = tuple(rule.rule.id for rule in inside)
            lines.append(IndexLine(skill=skill.name, title=skill.title, counts=ordered, ids=ids))
    return tuple(lines)


def _with_topics(
    bare: Sequence[IndexLine], rules: Sequence[PlacedRule], index: SkillIndex, room: int
) -> tuple[IndexLine, ...]:
    """Add topics to the skills' lines, one to each line in turn, until `room` bytes are used."""
    available: dict[str, list[str]] = {line.skill: [] for line in bare}
    for rule in rules:
        name = topic(rule.standard)
        topics = available[index.home[rule.rule.id].name]
        if name not in topics:
            topics.append(name)
    chosen: dict[str, list[str]] = {line.skill: [] for line in bare}
    for turn in range(max(map(len, available.values()), default=0)):
        for line in bare:
            if turn < len(available[line.skill]) and [title.lower() for title in available[line.skill]] != [
                line.title.lower()
            ]:
                room -= len(available[line.skill][turn].encode()) + 2
                if room < 0:
                    return _set_topics(bare, chosen)
                chosen[line.skill].append(available[line.skill][turn])
    return _set_topics(bare, chosen)


def _set_topics(bare: Sequence[IndexLine], topics: Mapping[str, Sequence[str]]) -> tuple[IndexLine, ...]:
    return tuple(replace(line, topics=tuple(topics[line.skill])) for line in bare)
