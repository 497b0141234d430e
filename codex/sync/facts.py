"""What a block says of the repository itself, each thing with what it was found in. Says nothing that changes daily."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from codex.profile.model import Command, CommandKind, Package, RepositoryProfile
from codex.profile.paths import aside
from codex.profile.rule_profile import package_rule_profile, rule_profile
from codex.sync.desired import BlockFacts
from codex.sync.observed import Target
from codex.sync.settings import SETTINGS, Settings
from skills_build import inert
from skills_build.globs import matches
from skills_build.model.config import Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle

_KINDS: Final = {
    CommandKind.INSTALL: "Install",
    CommandKind.BUILD: "Build",
    CommandKind.TEST: "Test",
    CommandKind.LINT: "Lint",
    CommandKind.FORMAT: "Format",
}
_MAIN: Final = 0.1
"""The share from which on a language is named; which of two is larger is not said, so that it cannot flip."""
_MOST_BOUNDARIES: Final = 8
_MOST_PLACES: Final = 10
_OBVIOUS: Final = (None, "ci", "vendored")
"""Roles of folders that need no word; what is vendored stands among the boundaries."""


def applying(repository: RepositoryProfile, settings: Settings) -> Profile:
    """The profile that rules are chosen by: what was found and what the repository's people add, or only that."""
    settings_profile = settings.profile
    if settings.exact:
        return settings_profile
    detected = rule_profile(repository)
    return Profile(
        languages=tuple(dict.fromkeys((*detected.languages, *settings_profile.languages))),
        technologies=tuple(dict.fromkeys((*detected.technologies, *settings_profile.technologies))),
        paths=tuple(dict.fromkeys((*detected.paths, *settings_profile.paths))),
        domains=settings_profile.domains,
    )


def parts_of(repository: RepositoryProfile, profile: Profile, settings: Settings) -> Parts | None:
    """What the parts of a repository are; None where its people said exactly what it is, and want no more files.

    What its people add to what was found counts for all parts.
    """
    if settings.exact and not settings.hosts:
        return None
    packages = (
        () if settings.exact else tuple(package for package in repository.packages if not aside(f"{package.folder}/"))
    )
    own = package_rule_profile(repository.own)
    settings_profile = settings.profile
    return Parts(
        own=replace(
            own,
            languages=(*own.languages, *settings_profile.languages),
            technologies=(*own.technologies, *settings_profile.technologies),
            domains=profile.domains,
        ),
        packages={
            package.folder: replace(package_rule_profile(package), domains=profile.domains) for package in packages
        },
        hosts=settings.hosts,
    )


def profile_text(profile: Profile | None) -> str:
    """A profile in words."""
    if profile is None:
        return "every rule"
    parts = (profile.languages, profile.technologies, profile.domains)
    return "; ".join(", ".join(sorted(words)) for words in parts if words) or "no language or technology"


def facts_of(
    repository: RepositoryProfile, profile: Profile, settings: Settings, target: Target | None = None
) -> BlockFacts:
    """The lines of a block about a repository; `target` is what a catalog says of it."""
    return BlockFacts(
        lines=(*_lines(repository, settings), *(_known_of(target) if target else ())),
        boundaries=tuple(_boundaries(repository)),
        packages={package.folder: tuple(_how(package.commands, {})) for package in repository.packages},
        words=profile_text(profile),
    )


def _lines(repository: RepositoryProfile, settings: Settings) -> Iterator[str]:
    languages = sorted(language.name for language in repository.languages if language.share >= _MAIN)
    if languages:
        yield f"- Languages: {', '.join(map(inert.text, languages))}"
    if repository.package_managers:
        managers = [
            f"{inert.text(manager.name)} ({inert.code(manager.evidence)})" for manager in repository.package_managers
        ]
        yield f"- Package manager: {', '.join(dict.fromkeys(managers))}"
    yield from _how(repository.commands, settings.commands)
    yield from _where(repository)


def _where(repository: RepositoryProfile) -> Iterator[str]:
    """Yield where things are: folders whose names tell what they are for, and packages."""
    folders = [
        f"{inert.code(layout_folder.path)} ({layout_folder.role})"
        for layout_folder in repository.layout
        if layout_folder.role not in _OBVIOUS
    ]
    if folders:
        yield f"- Layout: {_some(folders)}"
    packages = [
        f"{inert.code(package.folder)}{_languages_of(package)}"
        for package in repository.packages
        if not aside(f"{package.folder}/")
    ]
    if packages:
        yield f"- Packages: {_some(packages)}"


def _languages_of(package: Package) -> str:
    names = sorted(language.name for language in package.languages if language.share >= _MAIN)
    return f" ({', '.join(map(inert.text, names))})" if names else ""


def _some(words: Sequence[str]) -> str:
    rest = len(words) - _MOST_PLACES
    return ", ".join(words[:_MOST_PLACES]) + (f" and {rest:,} more" if rest > 0 else "")


def _how(commands: Iterable[Command], overrides: Mapping[str, str]) -> Iterator[str]:
    """Yield how to work in a folder: the best command of each kind, or what its people say instead."""
    first = {command.kind: command for command in reversed(tuple(commands))}
    for kind, title in _KINDS.items():
        best = first.get(kind)
        if str(kind) in overrides:
            yield f"- {title}: {_command(overrides[str(kind)])} (`{SETTINGS}`)"
        elif best is not None:
            usual = ", the default" if best.default else ""
            yield f"- {title}: {_command(best.line)} ({inert.code(best.evidence)}{usual})"


def _command(line: str) -> str:
    """A command as code; one that was cut would be another command, so there is room for a long one."""
    return inert.code(line, most=2000)


def _known_of(target: Target) -> Iterator[str]:
    """Yield what the catalog knows."""
    if target.owner:
        yield f"- Owner: {inert.text(target.owner)}"
    if target.system:
        yield f"- Part of: {inert.text(target.system)}"
    if target.depends_on:
        yield f"- Depends on: {', '.join(map(inert.text, sorted(target.depends_on)[:_MOST_BOUNDARIES]))}"


def _boundaries(repository: RepositoryProfile) -> Iterator[str]:
    for boundary in repository.boundaries[:_MOST_BOUNDARIES]:
        yield f"- {inert.code(boundary.path)} is {boundary.kind} ({inert.code(boundary.evidence)})"
    if len(repository.boundaries) > _MOST_BOUNDARIES:
        yield f"- and {len(repository.boundaries) - _MOST_BOUNDARIES} more (see `.gitattributes`)"


def reasons(codex: LoadedBundle, profile: Profile, repository: RepositoryProfile) -> dict[str, str]:
    """Why each rule applies that does not apply everywhere: a language, a technology or a path, with the evidence."""
    evidence = {technology.name.lower(): inert.code(technology.evidence) for technology in repository.technologies}
    for language in repository.languages:
        evidence.setdefault(language.name.lower(), "its files")
    by_rule: dict[str, str] = {}
    for skill in codex.shelf.skills:
        for rule in skill.rules:
            words = [word for word in (*rule.scope.technologies, *rule.scope.languages) if _known(word, profile)]
            path = None if words else next((path for path in profile.paths if matches(path, rule.scope.paths)), None)
            if words or path:
                by_rule[rule.rule.id] = _because(words[0], evidence) if words else inert.code(path or "")
    return by_rule


def _known(word: str, profile: Profile) -> bool:
    return word.lower() in profile.languages or word.lower() in profile.technologies


def _because(word: str, evidence: Mapping[str, str]) -> str:
    where = evidence.get(word.lower(), "")
    shown = inert.text(word)
    return f"{shown} ({where})" if where else f"{shown} (from the settings)"
