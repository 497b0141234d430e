"""Prints a profile for people: short, aligned, each fact with its evidence."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from codex.profile.model import Command, Language, Package, RepositoryProfile, Technology
from skills_build import inert

SHOWN_LANGUAGES: Final = 8
SMALLEST_SHARE: Final = 0.0005
SHOWN_PACKAGES: Final = 30
SHOWN_BOUNDARIES: Final = 12
SHOWN_NOTES: Final = 10
SHOWN_FOLDERS: Final = 40


def profile_as_text(found: RepositoryProfile, *, every: bool = False) -> str:
    """The profile as lines of text. With `every`, alternatives and all packages are shown as well."""
    lines = [line for section in _sections(found, every) for line in section]
    return "".join(f"{_printable(line)}\n" for line in lines)


def _sections(found: RepositoryProfile, every: bool) -> Iterator[list[str]]:
    yield [f"languages        {_languages(found.languages, every) or 'none'}"]
    yield _rows("technologies", ((technology.name, technology.evidence) for technology in found.technologies))
    yield _rows("package manager", ((manager.name, manager.evidence) for manager in found.package_managers))
    yield _rows("runtimes", ((f"{runtime.name} {runtime.version}", runtime.evidence) for runtime in found.runtimes))
    yield _rows("ci", ((ci_system.name, ci_system.evidence) for ci_system in found.ci))
    yield _commands(found.commands, every)
    yield _packages(found.packages, every)
    yield _rows("boundaries", _cut([(f"{b.kind} {b.path}", b.evidence) for b in found.boundaries], every))
    if found.code_owners:
        count = len(found.code_owners.rules)
        yield [f"owners           {found.code_owners.path}: {count} rule{'s' if count != 1 else ''}"]
    yield _rows(
        "components",
        ((f"{component.name} ({component.type or '?'})", component.evidence) for component in found.components),
    )
    if found.layout:
        yield ["layout           " + ", ".join(_layout(found, every))]
    notes = found.notes if every else found.notes[:SHOWN_NOTES]
    yield [f"note             {f'{note.path}: ' if note.path else ''}{note.message}" for note in notes]
    if len(notes) < len(found.notes):
        yield [f"note             and {len(found.notes) - len(notes)} more"]


def _layout(found: RepositoryProfile, every: bool) -> list[str]:
    shown = found.layout if every else found.layout[:SHOWN_FOLDERS]
    rest = len(found.layout) - len(shown)
    return [*(f"{one.path}/" for one in shown), *([f"and {rest} more"] if rest else [])]


def _languages(several: Iterable[Language], every: bool) -> str:
    given = list(several)
    shown = given if every else [one for one in given if one.share >= SMALLEST_SHARE][:SHOWN_LANGUAGES]
    parts = [f"{one.name} {one.share:.1%}" for one in shown]
    return ", ".join([*parts, f"and {len(given) - len(shown)} more"] if len(shown) < len(given) else parts)


def _rows(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """One fact a line, the title on the first."""
    found = list(rows)
    width = max((len(name) for name, _ in found), default=0)
    return [f"{title if n == 0 else '':<17}{name:<{width}}  {place}" for n, (name, place) in enumerate(found)]


def _cut(rows: list[tuple[str, str]], every: bool) -> list[tuple[str, str]]:
    if every or len(rows) <= SHOWN_BOUNDARIES:
        return rows
    return [*rows[:SHOWN_BOUNDARIES], (f"and {len(rows) - SHOWN_BOUNDARIES} more", "")]


def _commands(several: Iterable[Command], every: bool) -> list[str]:
    shown = list(_best(several, every))
    width = max((len(one.line) for one in shown), default=0)
    return [f"{one.kind:<17}{one.line:<{width}}  {_place(one)}" for one in shown]


def _best(several: Iterable[Command], every: bool) -> Iterator[Command]:
    for _, group in groupby(several, key=lambda command: command.kind):
        yield from list(group)[: None if every else 1]


def _place(one: Command) -> str:
    seen = f", run by {one.seen_in[0]}" if one.seen_in else ""
    return f"{one.evidence}{seen}{' (default)' if one.default else ''}"


def _packages(several: tuple[Package, ...], every: bool) -> list[str]:
    lines = []
    for one in several if every else several[:SHOWN_PACKAGES]:
        parts = [_languages(one.languages[:3], False), _names(one.technologies)]
        parts += [f"{command.kind}: {command.line}" for command in _best(one.commands, False) if not command.default]
        lines.append(f"package          {one.folder} ({one.name}): {'; '.join(part for part in parts if part)}")
        lines += [f"  {row}" for row in _commands(one.commands, every)] if every else []
    if len(lines) < len(several):
        lines.append(f"package          and {len(several) - len(lines)} more")
    return lines


def _names(several: Iterable[Technology]) -> str:
    return ", ".join(technology.name for technology in several)


def _printable(line: str) -> str:
    """A line without characters that would steer a terminal: names in a repository may hold anything."""
    return inert.terminal(line.replace("\n", "<U+000A>").rstrip())
