"""Which rules ship on a day, and which of them a repository of a given profile gets. Reads no text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from skills_build.globs import is_literal, literal, matches
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Profile
from skills_build.model.standard import Codex, Rule, Scope, Standard, Status


def status_on(standard: Standard, rule: Rule, day: str) -> Status:
    """The status of a rule on `day` (`YYYY-MM-DD`): its own, else its standard's; a tombstone is always withdrawn."""
    if rule.tombstone is not None:
        return Status.WITHDRAWN
    return (rule.status or standard.status).at(day)


def narrowed_scope(outer: Scope, inner: Scope) -> Scope:
    """The applicability of a rule (`inner`) within its standard's (`outer`): both must hold.

    Two lists of globs cannot be intersected as text: the rule's own paths stand for both.
    """
    conditions = tuple(when for when in (outer.when, inner.when) if when)
    return Scope(
        languages=_both(outer.languages, inner.languages),
        technologies=_both(outer.technologies, inner.technologies),
        paths=inner.paths or outer.paths,
        when="; ".join(conditions) or None,
    )


def _both(outer: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """What both lists allow; a rule that only widens its standard (a lint says so) keeps the standard's list."""
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


def select_rules(codex: Codex, profile: Profile | None, as_of: str) -> tuple[PlacedRule, ...]:
    """The rules that ship on `as_of` and apply to `profile` (None is every repository), in source order."""
    rules = [rule for standard in codex.standards for rule in shipping_rules(standard, as_of)]
    return tuple(rules) if profile is None else applicable_rules(rules, profile)


def applicable_rules(rules: Iterable[PlacedRule], profile: Profile) -> tuple[PlacedRule, ...]:
    """Those of `rules` that apply to a repository with this profile."""
    known = replace(
        profile,
        languages=tuple(word.lower() for word in profile.languages),
        technologies=tuple(word.lower() for word in profile.technologies),
    )
    return tuple(rule for rule in rules if _applies(rule, known))


def _applies(one: PlacedRule, profile: Profile) -> bool:
    if profile.domains and one.standard.domain not in profile.domains:
        return False
    scope = one.scope
    return (
        _meet(scope.languages, profile.languages)
        and _meet(scope.technologies, profile.technologies)
        and _reaches(scope.paths, profile.paths)
    )


def _meet(wanted: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return not wanted or any(word.lower() in given for word in wanted)


def _reaches(globs: tuple[str, ...], paths: tuple[str, ...]) -> bool:
    """Whether a glob may match something at or below one of the paths; without paths nothing is ruled out."""
    if not globs or not paths:
        return True
    return any(matches(path, globs) or any(_overlap(glob, path) for glob in globs) for path in paths)


def representative_paths(paths: tuple[str, ...], asked: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Some of the paths that give each of the lists of globs `asked` the answer that all of them give, in order.

    Without globs one path is enough, for no path at all would rule nothing out.
    """
    found = {next((path for path in paths if _reaches(globs, (path,))), None) for globs in asked}
    return tuple(path for path in paths if path in found) or paths[:1]


def _overlap(glob: str, path: str) -> bool:
    first, second = literal(glob), literal(path)
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def folder(one: PlacedRule) -> tuple[str, ...]:
    """The folders below which alone a rule applies, such as `services` for `services/**`; empty is the whole tree."""
    found = {_folder(glob) for glob in one.scope.paths}
    return () if "" in found else tuple(sorted(found))


def _folder(glob: str) -> str:
    names = literal(glob)
    if is_literal(glob):
        names = names[:-1]
    safe = all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) and name.strip(".") for name in names)
    return "/".join(names) if safe else ""
