"""Which folders of a repository a rule is at home in, so that it is said there and not at the root."""

from collections.abc import Mapping, Sequence
from typing import Final

from skills_build.compile.select import applicable_rules, folder
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Parts, Profile

MOST: Final = 8
"""The number of packages up to which a rule is said in each instead of at the root."""


def nested_folders(rules: Sequence[PlacedRule], parts: Parts | None) -> dict[str, tuple[str, ...]]:
    """By a rule's id, the folders where alone it applies; rules of the whole tree are left out.

    A rule names folders by its paths. One for a language or technology is at home in the packages that have it, unless
    the root has it too, or most packages, or too many for a file in each.
    """
    found = {rule.rule.id: folder(rule) for rule in rules}
    if parts is not None:
        narrow = [rule for rule in rules if _narrow(rule) and not found[rule.rule.id]]
        at_root = _ids(narrow, parts.own)
        for identity, folders in _packages(narrow, parts).items():
            if identity not in at_root and len(folders) <= min(MOST, len(parts.packages) // 2):
                found[identity] = tuple(sorted(folders))
    return {identity: folders for identity, folders in found.items() if folders}


def hosted_folders(rules: Sequence[PlacedRule], parts: Parts | None) -> dict[str, tuple[str, ...]]:
    """By a rule's id, the folders whose people want it said there too."""
    if parts is None or not parts.hosts:
        return {}
    narrow = [rule for rule in rules if _narrow(rule)]
    found: dict[str, tuple[str, ...]] = {}
    for name in parts.hosts:
        known = parts.packages.get(name)
        for one in narrow if known is None else applicable_rules(narrow, known):
            found[one.rule.id] = (*found.get(one.rule.id, ()), name)
    return found


def _packages(rules: Sequence[PlacedRule], parts: Parts) -> Mapping[str, list[str]]:
    """By a rule's id, the packages that have what it is for."""
    found: dict[str, list[str]] = {}
    for name, profile in parts.packages.items():
        for identity in _ids(rules, profile):
            found.setdefault(identity, []).append(name)
    return found


def _ids(rules: Sequence[PlacedRule], profile: Profile) -> frozenset[str]:
    return frozenset(rule.rule.id for rule in applicable_rules(rules, profile))


def _narrow(one: PlacedRule) -> bool:
    return bool(one.scope.languages or one.scope.technologies)
