"""Shell completion of lints, rules, standards, profiles and schemas. On an error, nothing is suggested."""

from collections.abc import Callable, Iterable
from typing import Any

import click

from codex.resources import data_root
from codex.workflow.codex_folder import CodexFolder, SourceOptions, open_codex
from skills_build.errors import CodexError

Completion = Callable[[click.Context, click.Parameter, str], list[str]]


def lints(_context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete lint codes and names, including after a comma."""
    from skills_build.lint.registry import CODES

    done, comma, last = start.rpartition(",")
    return [done + comma + name for name in _starting({*CODES, *CODES.values()}, last)]


def rules(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete rule ids from the id lock."""
    return _starting((entry.id for entry in _locked(context)), start)


def installed_rules(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete ids of the rules installed in the repository."""
    from codex.workflow.rules import read_rules

    try:
        return _starting((rule.id for rule in read_rules(context.params.get("into")).rules), start)
    except (CodexError, OSError):
        return []


def standards(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete ids of standards, derived from the ids of their rules."""
    return _starting({entry.id.rpartition("-")[0] for entry in _locked(context)} - {""}, start)


def lints_and_rules(context: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Complete lints and rule ids."""
    return [*rules(context, parameter, start), *lints(context, parameter, start)]


def profiles(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete the profiles in codex.yaml, and the languages and technologies that these profiles contain."""
    place = _place(context)
    if place is None:
        return []
    config = place.config
    words = {word for profile in config.profiles.values() for word in (*profile.languages, *profile.technologies)}
    done, comma, last = start.rpartition(",")
    return [done + comma + name for name in _starting({*words, *({} if comma else config.profiles)}, last)]


def domains(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete the domains in codex.yaml."""
    place = _place(context)
    return _starting(place.config.domains, start) if place else []


def schemas(_context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """Complete the names of the published schemas."""
    files = (data_root("validators") / "schemas").glob("*.schema.json")
    return _starting((path.name.removesuffix(".schema.json") for path in files), start)


def _starting(names: Iterable[str], start: str) -> list[str]:
    return sorted(name for name in names if name.lower().startswith(start.lower()))


def _locked(context: click.Context) -> tuple[Any, ...]:
    place = _place(context)
    return place.locked if place else ()


def _place(context: click.Context) -> CodexFolder | None:
    try:
        return open_codex(SourceOptions(root=context.params.get("root"), lock=context.params.get("lock")))
    except (CodexError, OSError):
        return None
