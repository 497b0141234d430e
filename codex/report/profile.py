"""A repository's profile as text: short, aligned, each fact with its evidence."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from codex.profile.model import Command, Language, Package, RepositoryProfile, Technology
from skills_build import inert
from skills_build.counts import counted

SHOWN_LANGUAGES: Final = 8
SMALLEST_SHARE: Final = 0.0005
SHOWN_PACKAGES: Final = 30
SHOWN_BOUNDARIES: Final = 12
SHOWN_NOTES: Final = 10
SHOWN_FOLDERS: Final = 40


def profile_as_text(profile: RepositoryProfile, *, show_all: bool = False) -> str:
    """Return the profile as text. With `show_all`, include alternatives and all packages."""
    lines = [line for section in _sections(profile, show_all) for line in section]
    return "".join(f"{_printable(line)}\n" for line in lines)


def _sections(profile: RepositoryProfile, show_all: bool) -> Iterator[list[str]]:
    yield [f"languages        {_languages(profile.languages, show_all) or 'none'}"]
    yield _rows("kinds", ((kind.name, kind.evidence) for kind in profile.kinds))
    yield _rows("technologies", ((technology.name, technology.evidence) for technology in profile.technologies))
    yield _rows("package manager", ((manager.name, manager.evidence) for manager in profile.package_managers))
    yield _rows("runtimes", ((f"{runtime.name} {runtime.version}", runtime.evidence) for runtime in profile.runtimes))
    yield _rows("ci", ((ci_system.name, ci_system.evidence) for ci_system in profile.ci))
    yield _commands(profile.commands, show_all)
    yield _packages(profile.packages, show_all)
    yield _rows("boundaries", _cut([(f"{b.kind} {b.path}", b.evidence) for b in profile.boundaries], show_all))
    if profile.code_owners:
        yield [f"owners           {profile.code_owners.path}: {counted(len(profile.code_owners.rules), 'rule')}"]
    yield _rows(
        "components",
        ((f"{component.name} ({component.type or '?'})", component.evidence) for component in profile.components),
    )
    if profile.layout:
        yield ["layout           " + ", ".join(_layout(profile, show_all))]
    notes = profile.notes if show_all else profile.notes[:SHOWN_NOTES]
    yield [f"note             {f'{note.path}: ' if note.path else ''}{note.message}" for note in notes]
    if len(notes) < len(profile.notes):
        yield [f"note             and {len(profile.notes) - len(notes)} more"]


def _layout(profile: RepositoryProfile, show_all: bool) -> list[str]:
    shown = profile.layout if show_all else profile.layout[:SHOWN_FOLDERS]
    rest = len(profile.layout) - len(shown)
    return [*(f"{folder.path}/" for folder in shown), *([f"and {rest} more"] if rest else [])]


def _languages(entries: Iterable[Language], show_all: bool) -> str:
    languages = list(entries)
    shown = (
        languages
        if show_all
        else [language for language in languages if language.share >= SMALLEST_SHARE][:SHOWN_LANGUAGES]
    )
    parts = [f"{language.name} {language.share:.1%}" for language in shown]
    return ", ".join([*parts, f"and {len(languages) - len(shown)} more"] if len(shown) < len(languages) else parts)


def _rows(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return one line per fact, with the title on the first."""
    facts = list(rows)
    width = max((len(name) for name, _ in facts), default=0)
    return [f"{title if n == 0 else '':<17}{name:<{width}}  {evidence}" for n, (name, evidence) in enumerate(facts)]


def _cut(rows: list[tuple[str, str]], show_all: bool) -> list[tuple[str, str]]:
    if show_all or len(rows) <= SHOWN_BOUNDARIES:
        return rows
    return [*rows[:SHOWN_BOUNDARIES], (f"and {len(rows) - SHOWN_BOUNDARIES} more", "")]


def _commands(items: Iterable[Command], show_all: bool) -> list[str]:
    shown = list(_best(items, show_all))
    width = max((len(command.line) for command in shown), default=0)
    return [f"{command.kind:<17}{command.line:<{width}}  {_place(command)}" for command in shown]


def _best(items: Iterable[Command], show_all: bool) -> Iterator[Command]:
    for _, group in groupby(items, key=lambda command: command.kind):
        yield from list(group)[: None if show_all else 1]


def _place(command: Command) -> str:
    run_by = f", run by {command.seen_in[0]}" if command.seen_in else ""
    return f"{command.evidence}{run_by}{' (default)' if command.default else ''}"


def _packages(items: tuple[Package, ...], show_all: bool) -> list[str]:
    lines = []
    for package in items if show_all else items[:SHOWN_PACKAGES]:
        kinds = ", ".join(kind.name for kind in package.kinds)
        parts = [kinds, _languages(package.languages[:3], False), _names(package.technologies)]
        parts += [
            f"{command.kind}: {command.line}" for command in _best(package.commands, False) if not command.default
        ]
        lines.append(f"package          {package.folder} ({package.name}): {'; '.join(part for part in parts if part)}")
        lines += [f"  {row}" for row in _commands(package.commands, show_all)] if show_all else []
    if len(lines) < len(items):
        lines.append(f"package          and {len(items) - len(lines)} more")
    return lines


def _names(items: Iterable[Technology]) -> str:
    return ", ".join(technology.name for technology in items)


def _printable(line: str) -> str:
    """Escape control characters: names in a repository may contain anything."""
    return inert.terminal(line.replace("\n", "<U+000A>").rstrip())
