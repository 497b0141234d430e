"""The folders of a repository whose AGENTS.md shows a rule instead of the root's, or in addition to it."""

from collections.abc import Mapping, Sequence
from typing import Final

from skills_build.compile.select import applicable_rules, rule_folders
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Parts, Profile

MAX_PACKAGES: Final = 8
"""Maximum number of packages for which a rule is shown in each package instead of at the root."""


def nested_folders(rules: Sequence[PlacedRule], parts: Parts | None) -> dict[str, tuple[str, ...]]:
    """Return, by rule id, the only folders where a rule applies; rules for the whole tree are left out.

    A rule names folders by its paths. A rule for a language, technology or kind belongs to the packages that use
    it, unless the root uses it too, or more than half of the packages or more than `MAX_PACKAGES` do.
    """
    folders_by_id = {rule.rule.id: rule_folders(rule) for rule in rules}
    if parts is not None:
        narrow = [rule for rule in rules if _is_narrow(rule) and not folders_by_id[rule.rule.id]]
        at_root = _ids(narrow, parts.own)
        for identity, folders in _packages(narrow, parts).items():
            if identity not in at_root and len(folders) <= min(MAX_PACKAGES, len(parts.packages) // 2):
                folders_by_id[identity] = tuple(sorted(folders))
    return {identity: folders for identity, folders in folders_by_id.items() if folders}


def hosted_folders(rules: Sequence[PlacedRule], parts: Parts | None) -> dict[str, tuple[str, ...]]:
    """Return, by rule id, the folders that host a copy of the rules which apply there."""
    if parts is None or not parts.hosts:
        return {}
    narrow = [rule for rule in rules if _is_narrow(rule)]
    folders_by_id: dict[str, tuple[str, ...]] = {}
    for name in parts.hosts:
        profile = parts.packages.get(name)
        for rule in narrow if profile is None else applicable_rules(narrow, profile):
            folders_by_id[rule.rule.id] = (*folders_by_id.get(rule.rule.id, ()), name)
    return folders_by_id


def _packages(rules: Sequence[PlacedRule], parts: Parts) -> Mapping[str, list[str]]:
    """Return, by rule id, the packages that the rule applies to."""
    packages: dict[str, list[str]] = {}
    for name, profile in parts.packages.items():
        for identity in _ids(rules, profile):
            packages.setdefault(identity, []).append(name)
    return packages


def _ids(rules: Sequence[PlacedRule], profile: Profile) -> frozenset[str]:
    return frozenset(rule.rule.id for rule in applicable_rules(rules, profile))


def _is_narrow(rule: PlacedRule) -> bool:
    return bool(rule.scope.languages or rule.scope.technologies or rule.scope.kinds)
