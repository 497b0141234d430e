"""Selects the rules that ship on a day and that apply to a repository with a profile. Reads no text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from skills_build.globs import is_literal, literal, matches
from skills_build.model.bundle import PlacedRule
from skills_build.model.codex import Codex
from skills_build.model.config import Profile
from skills_build.model.standard import Audience, Scope, Standard, status_on


def narrowed_scope(outer: Scope, inner: Scope) -> Scope:
    """Narrow a standard's applicability (`outer`) by its rule's (`inner`): both must hold.

    Two lists of globs cannot be intersected as text, so the rule's own paths replace those of the standard.
    """
    conditions = tuple(when for when in (outer.when, inner.when) if when)
    return Scope(
        languages=_both(outer.languages, inner.languages),
        technologies=_both(outer.technologies, inner.technologies),
        kinds=_both(outer.kinds, inner.kinds),
        paths=inner.paths or outer.paths,
        when="; ".join(conditions) or None,
    )


def _both(outer: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """Intersect two lists; a rule that only widens its standard (CX117 reports it) gets the standard's list."""
    if not outer or not inner:
        return inner or outer
    allowed = {word.lower() for word in outer}
    return tuple(word for word in inner if word.lower() in allowed) or outer


def shipping_rules(standard: Standard, day: str) -> Iterator[PlacedRule]:
    """Yield the rules of a standard that ship on `day`, in order of the file."""
    for rule in standard.rules:
        status = status_on(standard, rule, day)
        if status.ships:
            scope = standard.scope if rule.scope == Scope() else narrowed_scope(standard.scope, rule.scope)
            yield PlacedRule(rule=rule, standard=standard, status=status, scope=scope)


def is_for_code(placed: PlacedRule) -> bool:
    """Return whether a rule is for those who write code, agents included, and not only for people."""
    return placed.rule.audience is Audience.CODE


def select_rules(codex: Codex, profile: Profile | None, as_of: str) -> tuple[PlacedRule, ...]:
    """Return the rules that ship on `as_of` and apply to `profile` (None is every repository), in source order."""
    rules = [rule for standard in codex.standards for rule in shipping_rules(standard, as_of)]
    return tuple(rules) if profile is None else applicable_rules(rules, profile)


def applicable_rules(rules: Iterable[PlacedRule], profile: Profile) -> tuple[PlacedRule, ...]:
    """Return the rules that apply to a repository with this profile. If its kinds are unknown, they exclude nothing."""
    lowered = replace(
        profile,
        languages=tuple(word.lower() for word in profile.languages),
        technologies=tuple(word.lower() for word in profile.technologies),
    )
    return tuple(rule for rule in rules if _applies(rule, lowered))


def _applies(placed: PlacedRule, profile: Profile) -> bool:
    """Return whether a rule may apply to a repository: each key that both state must have a value in common."""
    if profile.domains and placed.standard.domain not in profile.domains:
        return False
    if profile.decided_by and placed.rule.decided_by and not set(profile.decided_by) & set(placed.rule.decided_by):
        return False
    scope = placed.scope
    return (
        _matches_any(scope.languages, profile.languages)
        and _matches_any(scope.technologies, profile.technologies)
        and (not profile.kinds or _matches_any(scope.kinds, profile.kinds))
        and _may_match(scope.paths, profile.paths)
    )


def _matches_any(allowed: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return not allowed or any(word.lower() in words for word in allowed)


def _may_match(globs: tuple[str, ...], paths: tuple[str, ...]) -> bool:
    """Whether a glob may match something at or below one of the paths; without paths everything may match."""
    if not globs or not paths:
        return True
    return any(matches(path, globs) or any(_overlap(glob, path) for glob in globs) for path in paths)


def representative_paths(paths: tuple[str, ...], glob_lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return a subset of `paths`, in order, that matches the same lists of globs as all of them.

    Without globs one path is enough; no path at all would match everything.
    """
    first_matches = {next((path for path in paths if _may_match(globs, (path,))), None) for globs in glob_lists}
    return tuple(path for path in paths if path in first_matches) or paths[:1]


def _overlap(glob: str, path: str) -> bool:
    first, second = literal(glob), literal(path)
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def rule_folders(placed: PlacedRule) -> tuple[str, ...]:
    """Return the only folders in which a rule applies: `services` for `services/**`; empty is the whole tree."""
    names = {_folder(glob) for glob in placed.scope.paths}
    return () if "" in names else tuple(sorted(names))


def _folder(glob: str) -> str:
    names = literal(glob)
    if is_literal(glob):
        names = names[:-1]
    safe = all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) and name.strip(".") for name in names)
    return "/".join(names) if safe else ""
