"""Where Python's tools are installed: in the project's environment, in another group of uv, or only by pre-commit."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Rank
from codex.profile.untyped import as_rows, as_str, as_strs, as_table

HOOKS_FILE: Final = ".pre-commit-config.yaml"
_HOOKS: Final = {
    "ruff check .": ("ruff-check", "ruff"),
    "ruff format .": ("ruff-format",),
    "black .": ("black",),
    "isort .": ("isort",),
    "mypy .": ("mypy",),
    "mypy": ("mypy",),
    "pyright": ("pyright",),
    "basedpyright": ("basedpyright",),
    "flake8": ("flake8",),
    "pylint .": ("pylint",),
}
"""By command, the hooks that do the same."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*+")
_MANIFESTS: Final = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "tox.ini", "noxfile.py")


def as_installed(
    commands: Iterable[Command], folder: EvidenceFolder, project: object, prefix: str
) -> Iterator[Command]:
    """Yield commands, those of tools that only pre-commit installs as its hooks; linters run with all other hooks.

    `mypy .` is a guess of the paths: it is left out if manifests require other tools, but not mypy.
    """
    hooks = frozenset(_hook_ids(folder))
    configured = tuple(commands)
    yield from _only_hooks(hooks, configured, folder)
    for command in configured:
        line = command.line.removeprefix(prefix)
        names = _HOOKS.get(line, ())
        hook = next((name for name in names if name in hooks), None)
        is_kept = hook is None and (line != "mypy ." or not _is_required(folder, "pytest"))
        if is_kept or _is_required(folder, line.split()[0]):
            yield _in_group(command, project, prefix)
        elif hook is not None and command.kind is not CommandKind.LINT:
            line = f"{environment_prefix(folder, 'pre-commit')}pre-commit run {hook} --all-files"
            yield replace(command, line=line, evidence=folder.at(HOOKS_FILE))


def _only_hooks(hooks: frozenset[str], configured: tuple[Command, ...], folder: EvidenceFolder) -> Iterator[Command]:
    """Yield the formatters that are configured only as hooks; next to one, the hook of isort is a part of the work."""
    tools = {word for command in configured if command.kind is CommandKind.FORMAT for word in command.line.split()}
    for tool, hook in (("ruff", "ruff-format"), ("black", "black")):
        if hook in hooks and tool not in tools:
            line = f"{environment_prefix(folder, 'pre-commit')}pre-commit run {hook} --all-files"
            evidence = folder.at(HOOKS_FILE)
            yield Command(kind=CommandKind.FORMAT, line=line, evidence=evidence, rank=Rank.CONFIGURATION)


def with_groups(commands: Iterable[Command], folder: EvidenceFolder) -> Iterator[Command]:
    """Yield commands, those of CI with uv and the group of their tool, as CI has installed all groups before."""
    project = folder.toml("pyproject.toml")
    groups = as_table(project, "dependency-groups")
    tools = {tool for name in groups for tool in _names(groups, name)} if folder.has("uv.lock") else set[str]()
    for command in commands:
        is_own = command.rank is Rank.CI and command.line.split()[0] in tools
        own = replace(command, line=f"uv run {command.line}") if is_own else command
        yield _in_group(own, project, "uv run ")


def _in_group(command: Command, project: object, prefix: str) -> Command:
    """Return a command of uv with the group of its tool, if that is not a default group.

    Source: https://docs.astral.sh/uv/concepts/projects/dependencies/#default-groups
    """
    if not prefix.startswith("uv run") or not command.line.startswith(prefix):
        return command
    words = command.line.removeprefix(prefix)
    group = _group_of(words.split()[0], project) if words else None
    return replace(command, line=f"{prefix}--group {group} {words}") if group else command


def _group_of(tool: str, project: object) -> str | None:
    """Return the group that has a tool, or nothing if uv always installs the tool, or never."""
    groups = as_table(project, "dependency-groups")
    default_groups = as_strs(project, "tool", "uv", "default-groups") or ("dev",)
    if "all" in default_groups or tool in _requirements(groups, default_groups):
        return None
    if tool in (requirement_name(text).lower() for text in as_strs(project, "project", "dependencies")):
        return None
    return next((name for name in groups if tool in _names(groups, name) and _NAME.fullmatch(name)), None)


def environment_prefix(folder: EvidenceFolder, tool: str) -> str:
    """Return what starts a tool that uv installs in the project's environment: `uv run `, or nothing."""
    project = folder.toml("pyproject.toml")
    groups = as_table(project, "dependency-groups")
    if not folder.has("uv.lock") or not any(tool in _names(groups, name) for name in groups):
        return ""
    group = _group_of(tool, project)
    return f"uv run --group {group} " if group else "uv run "


def _requirements(groups: dict[str, object], names: Iterable[str]) -> Iterator[str]:
    """Yield the names that groups require, with those of the groups they include. Groups may include each other."""
    pending, seen = [*names], set[str]()
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            yield from _names(groups, name)
            pending.extend(included for row in as_rows(groups, name) if (included := as_str(row, "include-group")))


def _names(groups: dict[str, object], name: str) -> list[str]:
    return [requirement_name(row).lower() for row in as_rows(groups, name) if isinstance(row, str)]


def requirement_name(text: object) -> str:
    """Return the name in a requirement such as `Django>=4`; empty where there is none."""
    match = _NAME.match(text.strip()) if isinstance(text, str) else None
    return match[0] if match else ""


def is_pdm_only_backend(project: object) -> bool:
    """Return whether the table of PDM only configures its build backend, which other managers call too.

    Source: https://backend.pdm-project.org/build_config/
    """
    keys = set(as_table(project, "tool", "pdm"))
    return bool(keys) and keys <= {"build", "version", "distribution"}


def _hook_ids(folder: EvidenceFolder) -> Iterator[str]:
    if folder.has(HOOKS_FILE):
        for repository in as_rows(folder.sources.yaml(folder.at(HOOKS_FILE)), "repos"):
            for hook in as_rows(repository, "hooks"):
                yield as_str(hook, "id") or ""


def _is_required(folder: EvidenceFolder, tool: str) -> bool:
    """Return whether a manifest names a tool as a requirement: as a text, a key, or a line of its own."""
    name = re.escape(tool)
    text = rf"""["']{name}(?=[\s"'\[<>=!~;])"""
    key = rf"""^{name}[ \t]*+(?:$|=[ \t]*["'{{]|[\[<>!~;]|==)"""
    indented = rf"^[ \t]+{name}[ \t]*+(?:$|[<>=!~;])"
    requirement = re.compile(f"{text}|{key}|{indented}", re.MULTILINE)
    names = (*_MANIFESTS, *(file for file in folder.names if file.endswith(".txt") and "requirements" in file))
    return any(requirement.search(folder.text(file)) for file in names if folder.has(file))
