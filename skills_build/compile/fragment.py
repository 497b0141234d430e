"""The content of an AGENTS.md block: always-on rules that fit, then a line per skill. Other rules are counted."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.compile.nesting import hosted_folders, nested_folders
from skills_build.compile.present_paths import present_first, present_starts
from skills_build.compile.prose import always_line
from skills_build.compile.ranking import always_on, in_turns
from skills_build.compile.select import applicable_rules
from skills_build.frozen import dataclass
from skills_build.model.bundle import Fragment, IndexLine, NestedFile, PlacedRule, Skill
from skills_build.model.config import Budgets, Config, Parts, Profile

TEMPLATE_BYTES: Final = 1250
"""Bytes of a fragment reserved for the fixed text of its template."""
_TEMPLATE_LINES: Final = 30
_BYTES_PER_TOKEN: Final = 4
_LINE_OVERHEAD: Final = 35
_TRIGGER_LENGTHS: Final = (320, 160, 120, 90, 60, 40, 24)
_USE_WHEN: Final = re.compile(r"\bUse (?:this skill )?(?:when(?:ever)?|if|for|before) (.+)", re.IGNORECASE | re.DOTALL)


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
    if profile is not None:
        present = present_starts(rules, profile.paths)
        rules = [present_first(rule, present) for rule in rules] if present else rules
    nested_only, also_nested = nested_folders(rules, parts), hosted_folders(rules, parts)
    nested: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        for folder in dict.fromkeys((*nested_only.get(rule.rule.id, ()), *also_nested.get(rule.rule.id, ()))):
            nested.setdefault(folder, []).append(rule)
    is_known = profile is None or bool(profile.kinds)
    settings = _FragmentSettings(
        index=index,
        budgets=config.budgets,
        priority=config.priority,
        kinds_known=is_known,
        main=_main_languages(profile, parts),
    )
    in_folders = tuple((path, tuple(nested[path])) for path in sorted(nested))
    at_root = tuple(rule for rule in rules if rule.rule.id not in nested_only)
    root = _fragment(name, "", at_root, tuple(rules), in_folders, settings)
    packages = parts.packages if parts else {}
    of_folder = {path: packages[path].languages[:1] if path in packages else () for path, _ in in_folders}
    return (
        root,
        *(_fragment(name, path, own, own, (), replace(settings, main=of_folder[path])) for path, own in in_folders),
    )


def _main_languages(profile: Profile | None, parts: Parts | None) -> tuple[str, ...]:
    """Return the languages of which a repository mainly consists; none for a profile that is not of a repository."""
    if profile is None or not profile.paths:
        return ()
    return (parts.main if parts else ()) or profile.languages[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FragmentSettings:
    """The input that all fragments of a codex share."""

    index: SkillIndex
    budgets: Budgets
    priority: tuple[str, ...]
    kinds_known: bool
    """Whether the kinds of the repository are known: if not, rules for kinds are only in the skills."""
    main: tuple[str, ...]
    """The languages with the largest shares, in lower case; none for a profile that is not of a repository."""


@lru_cache(maxsize=256)
def _fragment(
    name: str,
    folder: str,
    own: tuple[PlacedRule, ...],
    indexed: tuple[PlacedRule, ...],
    in_folders: tuple[tuple[str, tuple[PlacedRule, ...]], ...],
    settings: _FragmentSettings,
) -> Fragment:
    """Fill one fragment: a line for each skill in half of the room, one for each nested file, and rules in the rest.

    The rules of nested files come in addition, up to the hard limit: a session at the root may never see those files.

    Most repositories of a fleet share their rules with others, so the fragment for the same rules is cached.
    """
    skills, budgets = settings.index, settings.budgets
    room = _room(budgets)
    index = _with_triggers(_index_lines(indexed, skills), skills, room // 2)
    here = {rule.rule.id for rule in own}
    always = always_on(own, settings.priority, main=settings.main)
    only_nested = tuple(
        (path, always_on((rule for rule in rules if rule.rule.id not in here), settings.priority))
        for path, rules in in_folders
    )
    nested = tuple(NestedFile(folder=path, ids=tuple(rule.rule.id for rule in rules)) for path, rules in only_nested)
    below = tuple(dict.fromkeys(rule for _, rules in only_nested for rule in rules))
    left = room - sum(index_size(line) for line in index) - sum(nested_size(file) for file in nested)
    lines = budgets.fragment_lines - _TEMPLATE_LINES - len(index) - len(nested)
    shown = [rule for rule in always if settings.kinds_known or not rule.scope.kinds]
    fitting = {rule.rule.id for rule in _fitting(in_turns(shown, settings.priority, main=settings.main), left, lines)}
    left += (
        budgets.fragment_hard - budgets.fragment - sum(rule_size(rule) for rule in always if rule.rule.id in fitting)
    )
    shown_below = [rule for rule in below if settings.kinds_known or not rule.scope.kinds]
    below_fitting = {rule.rule.id for rule in _fitting(shown_below, left, budgets.fragment_lines)}
    folded = tuple(rule for rule in always if rule.rule.id not in fitting)
    counted = Counter(skills.home[rule.rule.id].name for rule in folded)
    return Fragment(
        profile=name,
        folder=folder,
        always=tuple(rule for rule in always if rule.rule.id in fitting),
        folded=folded,
        nested=nested,
        always_nested=tuple(rule for rule in below if rule.rule.id in below_fitting),
        index=tuple(replace(line, folded=counted[line.skill]) for line in index),
        finder=skills.finder,
    )


def _room(budgets: Budgets) -> int:
    return min(budgets.fragment, budgets.fragment_tokens * _BYTES_PER_TOKEN) - TEMPLATE_BYTES


def _fitting(rules: Sequence[PlacedRule], room: int, lines: int) -> Iterator[PlacedRule]:
    """Yield the first rules that fit into a number of bytes and lines."""
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
    """Return the bytes of a skill's line, including its mark for folded rules."""
    return len(line.skill.encode()) + len((line.trigger or line.title).encode()) + _LINE_OVERHEAD


def nested_size(file: NestedFile) -> int:
    """Return the bytes of the line for a nested file."""
    return len(file.path.encode()) + sum(len(identity) + 2 for identity in file.ids) + _LINE_OVERHEAD


def _index_lines(rules: Sequence[PlacedRule], index: SkillIndex) -> tuple[IndexLine, ...]:
    by_skill: dict[str, list[str]] = {}
    for rule in rules:
        by_skill.setdefault(index.home[rule.rule.id].name, []).append(rule.rule.id)
    present = (skill for skill in index.skills if skill.name in by_skill)
    return tuple(IndexLine(skill=skill.name, title=skill.title, ids=tuple(by_skill[skill.name])) for skill in present)


def _with_triggers(bare: Sequence[IndexLine], index: SkillIndex, room: int) -> tuple[IndexLine, ...]:
    """Add to each line when to read the skill, all of them shortened until they fit in `room` bytes."""
    triggers = {skill.name: trigger(skill.description) for skill in index.skills}
    lines = tuple(bare)
    for longest in _TRIGGER_LENGTHS:
        lines = tuple(replace(line, trigger=shortened(triggers[line.skill], longest)) for line in bare)
        if sum(map(index_size, lines)) <= room:
            break
    return lines


def trigger(description: str) -> str:
    """Return when to use a skill, as stated in its description: `writing Go code` for "Use when writing Go code."."""
    match = _USE_WHEN.search(description)
    return match[1].rstrip(".") if match else ""


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters of a text, cut between words."""
    return text if len(text) <= most else text[: most - 4].rsplit(" ", 1)[0].rstrip(",;") + " ..."
