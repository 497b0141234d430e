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


def applying(found: RepositoryProfile, settings: Settings) -> Profile:
    """The profile that rules are chosen by: what was found and what the repository's people add, or only that."""
    said = settings.profile
    if settings.exact:
        return said
    known = rule_profile(found)
    return Profile(
        languages=tuple(dict.fromkeys((*known.languages, *said.languages))),
        technologies=tuple(dict.fromkeys((*known.technologies, *said.technologies))),
        paths=tuple(dict.fromkeys((*known.paths, *said.paths))),
        domains=said.domains,
    )


def parts_of(found: RepositoryProfile, profile: Profile, settings: Settings) -> Parts | None:
    """What the parts of a repository are; None where its people said exactly what it is, and want no more files.

    What its people add to what was found counts for all parts.
    """
    if settings.exact and not settings.hosts:
        return None
    known = () if settings.exact else tuple(package for package in found.packages if not aside(f"{package.folder}/"))
    own = package_rule_profile(found.own)
    said = settings.profile
    return Parts(
        own=replace(
            own,
            languages=(*own.languages, *said.languages),
            technologies=(*own.technologies, *said.technologies),
            domains=profile.domains,
        ),
        packages={one.folder: replace(package_rule_profile(one), domains=profile.domains) for one in known},
        hosts=settings.hosts,
    )


def profile_text(profile: Profile | None) -> str:
    """A profile in words."""
    if profile is None:
        return "every rule"
    parts = (profile.languages, profile.technologies, profile.domains)
    return "; ".join(", ".join(sorted(words)) for words in parts if words) or "no language or technology"


def facts_of(
    found: RepositoryProfile, profile: Profile, settings: Settings, target: Target | None = None
) -> BlockFacts:
    """The lines of a block about a repository; `target` is what a catalog says of it."""
    return BlockFacts(
        lines=(*_lines(found, settings), *(_known_of(target) if target else ())),
        boundaries=tuple(_boundaries(found)),
        packages={package.folder: tuple(_how(package.commands, {})) for package in found.packages},
        words=profile_text(profile),
    )


def _lines(found: RepositoryProfile, settings: Settings) -> Iterator[str]:
    languages = sorted(language.name for language in found.languages if language.share >= _MAIN)
    if languages:
        yield f"- Languages: {', '.join(map(inert.text, languages))}"
    if found.package_managers:
        managers = [
            f"{inert.text(manager.name)} ({inert.code(manager.evidence)})" for manager in found.package_managers
        ]
        yield f"- Package manager: {', '.join(dict.fromkeys(managers))}"
    yield from _how(found.commands, settings.commands)
    yield from _where(found)


def _where(found: RepositoryProfile) -> Iterator[str]:
    """Yield where things are: folders whose names tell what they are for, and packages."""
    places = [
        f"{inert.code(layout_folder.path)} ({layout_folder.role})"
        for layout_folder in found.layout
        if layout_folder.role not in _OBVIOUS
    ]
    if places:
        yield f"- Layout: {_some(places)}"
    packages = [
        f"{inert.code(package.folder)}{_languages_of(package)}"
        for package in found.packages
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


def _how(commands: Iterable[Command], told: Mapping[str, str]) -> Iterator[str]:
    """Yield how to work in a folder: the best command of each kind, or what its people say instead."""
    first = {command.kind: command for command in reversed(tuple(commands))}
    for kind, title in _KINDS.items():
        best = first.get(kind)
        if str(kind) in told:
            yield f"- {title}: {_command(told[str(kind)])} (`{SETTINGS}`)"
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


def _boundaries(found: RepositoryProfile) -> Iterator[str]:
    for boundary in found.boundaries[:_MOST_BOUNDARIES]:
        yield f"- {inert.code(boundary.path)} is {boundary.kind} ({inert.code(boundary.evidence)})"
    if len(found.boundaries) > _MOST_BOUNDARIES:
        yield f"- and {len(found.boundaries) - _MOST_BOUNDARIES} more (see `.gitattributes`)"


def reasons(codex: LoadedBundle, profile: Profile, found: RepositoryProfile) -> dict[str, str]:
    """Why each rule applies that does not apply everywhere: a language, a technology or a path, with the evidence."""
    evidence = {technology.name.lower(): inert.code(technology.evidence) for technology in found.technologies}
    for language in found.languages:
        evidence.setdefault(language.name.lower(), "its files")
    told: dict[str, str] = {}
    for skill in codex.shelf.skills:
        for rule in skill.rules:
            words = [word for word in (*rule.scope.technologies, *rule.scope.languages) if _known(word, profile)]
            path = None if words else next((path for path in profile.paths if matches(path, rule.scope.paths)), None)
            if words or path:
                told[rule.rule.id] = _because(words[0], evidence) if words else inert.code(path or "")
    return told


def _known(word: str, profile: Profile) -> bool:
    return word.lower() in profile.languages or word.lower() in profile.technologies


def _because(word: str, evidence: Mapping[str, str]) -> str:
    where = evidence.get(word.lower(), "")
    shown = inert.text(word)
    return f"{shown} ({where})" if where else f"{shown} (from the settings)"
