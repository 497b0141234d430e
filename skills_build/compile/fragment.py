"""The text of an AGENTS.md block: always-on rules that fit, then a line for each skill. What has no room is counted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from skills_build.compile.nesting import hosted_folders, nested_folders
from skills_build.compile.prose import always_line
from skills_build.compile.ranking import always_on
from skills_build.compile.references import topic
from skills_build.compile.select import applicable_rules
from skills_build.model.bundle import Fragment, IndexLine, PlacedRule, Skill
from skills_build.model.config import Budgets, Config, Parts, Profile
from skills_build.model.standard import Level

FRAME: Final = 1250
"""Bytes of a fragment kept free for the fixed text of its template."""
_FRAME_LINES: Final = 30
_BYTES_PER_TOKEN: Final = 4
_LINE_EXTRA: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkillIndex:
    """What fragments are made from: all skills, and for each rule (by id) the skill that defines it.

    Two shelves are equal only if they are the same one: what was made from a shelf is remembered by it.
    """

    skills: tuple[Skill, ...]
    finder: str
    home: Mapping[str, Skill]

    @classmethod
    def of(cls, skills: Sequence[Skill]) -> "SkillIndex":
        """Put `skills` on a shelf, the index skill among them."""
        home = {rule.rule.id: skill for skill in skills for rule in skill.rules}
        return cls(skills=tuple(skills), finder=next((s.name for s in skills if s.index), ""), home=home)


def fragments(
    name: str, profile: Profile | None, shelf: SkillIndex, config: Config, parts: Parts | None = None
) -> tuple[Fragment, ...]:
    """The fragments of one profile (None is every rule): the root's, then one for each folder with rules of its own.

    With `parts`, packages of a repository have fragments where their rules differ.
    """
    every = [rule for skill in shelf.skills for rule in skill.rules]
    rules = every if profile is None else applicable_rules(every, profile)
    at_home, besides = nested_folders(rules, parts), hosted_folders(rules, parts)
    nested: dict[str, list[PlacedRule]] = {}
    for one in rules:
        for place in dict.fromkeys((*at_home.get(one.rule.id, ()), *besides.get(one.rule.id, ()))):
            nested.setdefault(place, []).append(one)
    frame = _Frame(shelf=shelf, budgets=config.budgets, priority=config.priority)
    root = _fragment(name, "", tuple(rule for rule in rules if rule.rule.id not in at_home), tuple(rules), frame)
    below = (_fragment(name, place, tuple(nested[place]), tuple(nested[place]), frame) for place in sorted(nested))
    return (root, *below)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all fragments of a codex have in common."""

    shelf: SkillIndex
    budgets: Budgets
    priority: tuple[str, ...]


@lru_cache(maxsize=256)
def _fragment(
    name: str, place: str, own: tuple[PlacedRule, ...], indexed: tuple[PlacedRule, ...], frame: _Frame
) -> Fragment:
    """Fill one fragment: a bare line for each skill, topics in a third of the rest, then rules, then more topics.

    Most repositories of a fleet get what some other one gets, so a fragment is made once for the same rules.
    """
    shelf, budgets = frame.shelf, frame.budgets
    room = _room(budgets)
    always = always_on(own, frame.priority)
    bare = _index(indexed, shelf)
    left = room - sum(index_size(line) for line in bare)
    topics = _with_topics(bare, indexed, shelf, left // 3)
    left = room - sum(index_size(line) for line in topics)
    lines = budgets.fragment_lines - _FRAME_LINES - len(bare)
    shown = tuple(_fitting(always, left, lines))
    left -= sum(rule_size(one) for one in shown)
    folded = always[len(shown) :]
    more = _with_topics(bare, indexed, shelf, left + sum(map(index_size, topics)) - sum(map(index_size, bare)))
    counted = Counter(shelf.home[one.rule.id].name for one in folded)
    index = tuple(replace(line, folded=counted[line.skill]) for line in more)
    return Fragment(profile=name, folder=place, always=shown, folded=folded, index=index, finder=shelf.finder)


def _room(budgets: Budgets) -> int:
    return min(budgets.fragment, budgets.fragment_tokens * _BYTES_PER_TOKEN) - FRAME


def _fitting(rules: Sequence[PlacedRule], room: int, lines: int) -> Iterator[PlacedRule]:
    for rule in rules:
        room -= rule_size(rule)
        lines -= 1
        if room < 0 or lines < 0:
            return
        yield rule


def rule_size(one: PlacedRule) -> int:
    """Bytes of a rule's line."""
    return len(always_line(one).encode()) + 1


def index_size(line: IndexLine) -> int:
    """Bytes of a skill's line, its count of folded rules included."""
    words = (line.skill, line.title, *line.topics, *line.beginnings)
    counts = sum(len(level) + 7 for level in line.counts)
    return sum(len(word.encode()) + 2 for word in words) + counts + _LINE_EXTRA


def _index(rules: Sequence[PlacedRule], shelf: SkillIndex) -> tuple[IndexLine, ...]:
    by_skill: dict[str, list[PlacedRule]] = {}
    for rule in rules:
        by_skill.setdefault(shelf.home[rule.rule.id].name, []).append(rule)
    lines = []
    for skill in shelf.skills:
        inside = by_skill.get(skill.name)
        if inside:
            counts = Counter(str(one.rule.level) for one in inside)
            ordered = {str(level): counts[str(level)] for level in Level if counts[str(level)]}
            ids = tuple(one.rule.id for one in inside)
            lines.append(IndexLine(skill=skill.name, title=skill.title, counts=ordered, ids=ids))
    return tuple(lines)


def _with_topics(
    bare: Sequence[IndexLine], rules: Sequence[PlacedRule], shelf: SkillIndex, room: int
) -> tuple[IndexLine, ...]:
    """Give each skill's line its topics, one to each in turn, while `room` bytes last."""
    wanted: dict[str, list[str]] = {line.skill: [] for line in bare}
    for rule in rules:
        name = topic(rule.standard)
        topics = wanted[shelf.home[rule.rule.id].name]
        if name not in topics:
            topics.append(name)
    given: dict[str, list[str]] = {line.skill: [] for line in bare}
    for turn in range(max(map(len, wanted.values()), default=0)):
        for line in bare:
            if turn < len(wanted[line.skill]) and [t.lower() for t in wanted[line.skill]] != [line.title.lower()]:
                room -= len(wanted[line.skill][turn].encode()) + 2
                if room < 0:
                    return _topped(bare, given)
                given[line.skill].append(wanted[line.skill][turn])
    return _topped(bare, given)


def _topped(bare: Sequence[IndexLine], given: Mapping[str, Sequence[str]]) -> tuple[IndexLine, ...]:
    return tuple(replace(line, topics=tuple(given[line.skill])) for line in bare)
