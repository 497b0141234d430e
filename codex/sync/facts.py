"""The facts about the repository in its block, without what changes often; `codexc profile` shows the evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from codex.profile.model import Command, CommandKind, Package, RepositoryProfile
from codex.profile.paths import is_auxiliary
from codex.profile.rule_profile import MAIN_SHARE, main_languages, package_rule_profile, rule_profile
from codex.sync.block_text import BlockFacts
from codex.sync.repository import Repository
from codex.sync.settings import Settings
from skills_build import inert
from skills_build.emit.registry import LISTS, owned_fault
from skills_build.globs import matches
from skills_build.model.config import Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle

_KINDS: Final = {
    CommandKind.INSTALL: "Install",
    CommandKind.BUILD: "Build",
    CommandKind.TEST: "Test",
    CommandKind.TEST_ONE: "Run one test",
    CommandKind.TYPECHECK: "Type check",
    CommandKind.LINT: "Lint",
    CommandKind.FORMAT: "Format",
    CommandKind.GENERATE: "Generate code",
    CommandKind.RUN: "Run",
}
_CARE: Final = {
    "generated": "generated; change its source instead",
    "vendored": "third-party code; do not change it",
    "migrations": "add a new migration; do not change merged ones",
}
_MAX_BOUNDARIES: Final = 8
_MAX_FOLDERS: Final = 10
_OBVIOUS: Final = (None, "ci", "vendored")
"""Roles of folders that are not listed; vendored folders are among the boundaries."""


def applied_profile(repository: RepositoryProfile, settings: Settings) -> Profile:
    """Return the profile that selects rules: what was detected and what the settings add, or only the settings.

    Files that codexc writes do not count: an installation must not change what the next one selects.
    """
    settings_profile = settings.profile
    if settings.exact:
        return settings_profile
    detected = rule_profile(repository)
    return Profile(
        languages=tuple(dict.fromkeys((*detected.languages, *settings_profile.languages))),
        technologies=tuple(dict.fromkeys((*detected.technologies, *settings_profile.technologies))),
        kinds=settings_profile.kinds or detected.kinds,
        paths=tuple(dict.fromkeys((*filter(_is_of_people, detected.paths), *settings_profile.paths))),
        domains=settings_profile.domains,
    )


def _is_of_people(path: str) -> bool:
    return path not in LISTS and owned_fault(path) is not None


def parts_of(repository: RepositoryProfile, profile: Profile, settings: Settings) -> Parts | None:
    """Return the profiles of a repository's packages; None if its settings are exact and list no other folders.

    What the settings add counts for all packages.
    """
    if settings.exact and not settings.hosts:
        return None
    packages = (
        ()
        if settings.exact
        else tuple(package for package in repository.packages if not is_auxiliary(f"{package.folder}/"))
    )
    own = package_rule_profile(repository.own)
    settings_profile = settings.profile
    return Parts(
        own=replace(
            own,
            languages=(*own.languages, *settings_profile.languages),
            technologies=(*own.technologies, *settings_profile.technologies),
            kinds=settings_profile.kinds or own.kinds,
            domains=profile.domains,
        ),
        packages={package.folder: _package_profile(package, profile, settings_profile) for package in packages},
        hosts=settings.hosts,
        main=() if settings.exact else main_languages(repository),
    )


def _package_profile(package: Package, profile: Profile, settings_profile: Profile) -> Profile:
    own = package_rule_profile(package)
    return replace(own, domains=profile.domains, kinds=settings_profile.kinds or own.kinds)


def profile_text(profile: Profile | None) -> str:
    """Describe a profile in words."""
    if profile is None:
        return "every rule"
    parts = (profile.languages, profile.technologies, profile.kinds, profile.domains)
    return "; ".join(", ".join(sorted(words)) for words in parts if words) or "no languages, technologies or kinds"


def facts_of(
    repository: RepositoryProfile, profile: Profile, settings: Settings, target: Repository | None = None
) -> BlockFacts:
    """Return the lines of a block about a repository; `target` is its entry in the catalog."""
    return BlockFacts(
        lines=(*_lines(repository, settings), *(_catalog_facts(target) if target else ())),
        boundaries=tuple(_boundaries(repository)),
        packages={package.folder: tuple(_commands(package.commands, {})) for package in repository.packages},
        words=profile_text(profile),
    )


def _lines(repository: RepositoryProfile, settings: Settings) -> Iterator[str]:
    # Not by share, so that the order is stable
    languages = sorted(language.name for language in repository.languages if language.share >= MAIN_SHARE)
    if languages:
        yield f"- Languages: {', '.join(map(inert.text, languages))}"
    if repository.package_managers:
        managers = dict.fromkeys(inert.text(manager.name) for manager in repository.package_managers)
        yield f"- Package manager: {', '.join(managers)}"
    yield from _commands(repository.commands, settings.commands)
    yield from _layout(repository)


def _layout(repository: RepositoryProfile) -> Iterator[str]:
    """Yield the layout: folders with a known role, and packages."""
    folders = [
        f"{inert.code(layout_folder.path)} ({layout_folder.role})"
        for layout_folder in repository.layout
        if layout_folder.role not in _OBVIOUS
    ]
    if folders:
        yield f"- Layout: {_first(folders)}"
    packages = [
        f"{inert.code(package.folder)}{_languages_of(package)}"
        for package in repository.packages
        if not is_auxiliary(f"{package.folder}/")
    ]
    if packages:
        yield f"- Packages: {_first(packages)}"


def _languages_of(package: Package) -> str:
    names = sorted(language.name for language in package.languages if language.share >= MAIN_SHARE)
    return f" ({', '.join(map(inert.text, names))})" if names else ""


def _first(words: Sequence[str]) -> str:
    rest = len(words) - _MAX_FOLDERS
    return ", ".join(words[:_MAX_FOLDERS]) + (f" and {rest:,} more" if rest > 0 else "")


def _commands(commands: Iterable[Command], overrides: Mapping[str, str]) -> Iterator[str]:
    """Yield the commands of a folder: the best one of each kind, or the one in the settings."""
    first = {command.kind: command for command in reversed(tuple(commands))}
    for kind, title in _KINDS.items():
        best = first.get(kind)
        if str(kind) in overrides:
            yield f"- {title}: {_command(overrides[str(kind)])}"
        elif best is not None:
            yield f"- {title}: {_command(best.line)}"


def _command(line: str) -> str:
    """A command as code. The limit is high, because a shortened command is another command."""
    return inert.code(line, most=2000)


def _catalog_facts(target: Repository) -> Iterator[str]:
    """Yield the facts from the catalog."""
    if target.owner_name:
        yield f"- Owner: {inert.text(target.owner_name)}"
    if target.system:
        yield f"- Part of: {inert.text(target.system)}"
    if target.depends_on:
        yield f"- Depends on: {', '.join(map(inert.text, sorted(target.depends_on)[:_MAX_BOUNDARIES]))}"


def _boundaries(repository: RepositoryProfile) -> Iterator[str]:
    for boundary in repository.boundaries[:_MAX_BOUNDARIES]:
        yield f"- {inert.code(boundary.path)}: {_CARE[boundary.kind]}"
    if len(repository.boundaries) > _MAX_BOUNDARIES:
        yield f"- and {len(repository.boundaries) - _MAX_BOUNDARIES} more"


def reasons_to_apply(codex: LoadedBundle, profile: Profile, repository: RepositoryProfile) -> dict[str, str]:
    """Return by rule id why a rule applies, if not everywhere: a language, a technology or a path, with evidence."""
    evidence = {technology.name.lower(): inert.code(technology.evidence) for technology in repository.technologies}
    for language in repository.languages:
        evidence.setdefault(language.name.lower(), "its files")
    for kind in repository.kinds:
        evidence.setdefault(str(kind.name), inert.code(kind.evidence))
    by_rule: dict[str, str] = {}
    for skill in codex.skill_index.skills:
        for rule in skill.rules:
            scope = rule.scope
            words = [word for word in (*scope.technologies, *scope.languages, *scope.kinds) if _is_in(word, profile)]
            path = None if words else next((path for path in profile.paths if matches(path, rule.scope.paths)), None)
            if words or path:
                by_rule[rule.rule.id] = _because(words[0], evidence) if words else inert.code(path or "")
    return by_rule


def _is_in(word: str, profile: Profile) -> bool:
    return word.lower() in (*profile.languages, *profile.technologies, *profile.kinds)


def _because(word: str, evidence: Mapping[str, str]) -> str:
    where = evidence.get(word.lower(), "")
    shown = inert.text(word)
    return f"{shown} ({where})" if where else f"{shown} (from the settings)"
