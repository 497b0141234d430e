"""Task runners that belong to no language: just, Task and mise.

Formats: https://just.systems/man/en/, https://taskfile.dev/docs/guide/includes, https://mise.jdx.dev/tasks/
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFiles, EvidenceFolder
from codex.profile.model import EXECUTABLE, Fact, Runtime, TaskTarget
from codex.profile.untyped import as_rows, as_str, as_strs, as_table, get

JUSTFILES: Final = ("justfile", "Justfile", ".justfile")
TASKFILES: Final = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml")
MISE: Final = ("mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml", ".mise/config.toml")
MISE_TASKS: Final = ("mise-tasks", ".mise-tasks", "mise/tasks", ".mise/tasks", ".config/mise/tasks")
MAX_FILES: Final = 20
_TEXT: Final = re.compile(r"""f?(?:"[^"\n]*"|'[^'\n]*')""")
_NEED: Final = re.compile(r"[A-Za-z_][\w-]*")
_NEED_ARGUMENTS: Final = re.compile(r"\(\s*+([A-Za-z_][\w-]*+)[^()\n]*+\)")
"""A dependency with arguments, of which only the first word is a recipe: https://just.systems/man/en/dependencies.html"""
_MISE_NEEDS: Final = re.compile(r"^(?:#|//)[ \t]*(?:MISE|\[MISE\])[ \t]+depends[ \t]*=(.*)$", re.MULTILINE)
_QUOTED: Final = re.compile(r"[\"']([\w:.-]+)[\"']", re.ASCII)
_IMPORT: Final = re.compile(r"""^import\??[ \t]+["']([^"'\n]+)["']""", re.MULTILINE)
_RECIPE: Final = re.compile(r"@?([A-Za-z_][\w-]*+)((?:[ \t]++[+*$]?\w[^:\n]*+)?)[ \t]*+:(?!=)(.*)")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the targets of the task runners in a folder, and the versions that mise pins."""
    yield from _just(folder)
    yield from _taskfile(folder)
    yield from _mise(folder)


def _just(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    name = folder.first(*JUSTFILES)
    pending = [folder.at(name)] if name else []
    visited: set[str] = set()
    while pending and len(visited) < MAX_FILES:
        path = pending.pop(0)
        if path in visited:
            continue
        visited.add(path)
        text = folder.sources.text(path) or ""
        yield from _recipes(path, text)
        above = path.rpartition("/")[0]
        pending.extend(posixpath.normpath(posixpath.join(above, match)) for match in _IMPORT.findall(text)[:MAX_FILES])


def _recipes(path: str, text: str) -> Iterator[TaskTarget]:
    recipe: tuple[str, tuple[str, ...]] | None = None
    private, body = False, list[str]()
    for line in (*text.split("\n"), "end:"):
        if line[:1] in (" ", "\t"):
            body.append(line.strip().lstrip("@-"))
            continue
        if line.startswith("["):
            private = private or "private" in line
            continue
        match = _RECIPE.fullmatch(line) if len(line) < 1000 else None
        if not match:
            continue
        if recipe:
            yield _recipe(path, recipe[0], recipe[1], tuple(body))
        hidden = private or match[1].startswith("_")
        needs = tuple(_NEED.findall(_NEED_ARGUMENTS.sub(r" \1 ", _TEXT.sub(" ", match[3]).partition("#")[0])))
        recipe, private, body = None if hidden else (match[1], needs), False, []


def _recipe(path: str, name: str, needs: tuple[str, ...], body: tuple[str, ...]) -> TaskTarget:
    line, evidence = f"just {name}", f"{path}#{name}"
    return TaskTarget(runner="just", name=name, line=line, evidence=evidence, body=body, needs=needs)


def _taskfile(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    """Yield the tasks of a Taskfile and of those it includes, whose tasks have the key of the include as a prefix.

    Source: https://taskfile.dev/docs/guide/includes
    """
    name = folder.first(*TASKFILES)
    pending = [(folder.at(name), "")] if name else []
    for _ in range(MAX_FILES):
        if not pending:
            return
        path, prefix = pending.pop(0)
        data = folder.sources.yaml(path)
        for task, value in as_table(data, "tasks").items():
            if get(value, "internal") is not True:
                yield _taskfile_target(path, prefix, task, value)
        for name, value in as_table(data, "includes").items():
            included = _included_taskfile(folder.sources, path, as_str(value) or as_str(value, "taskfile"))
            if included is not None and get(value, "internal") is not True:
                pending.append((included, prefix if get(value, "flatten") is True else f"{prefix}{name}:"))


def _included_taskfile(sources: EvidenceFiles, path: str, reference: str | None) -> str | None:
    """Return the file that an include names, itself or by its folder, relative to the file that includes it."""
    if reference is None:
        return None
    path = posixpath.normpath(posixpath.join(path.rpartition("/")[0], reference))
    candidates = (path, *(posixpath.normpath(f"{path}/{name}") for name in TASKFILES))
    return next((file for file in candidates if file in sources.listing), None)


def _taskfile_target(path: str, prefix: str, name: str, value: object) -> TaskTarget:
    body = as_strs(value) + as_strs(value, "cmd")
    needs = as_strs(value, "deps") + tuple(t for row in as_rows(value, "deps") for t in as_strs(row, "task"))
    for row in as_rows(value, "cmds"):
        body += as_strs(row) + as_strs(row, "cmd")
        needs += as_strs(row, "task")
    # A leading colon calls a task of the root Taskfile: https://taskfile.dev/usage/#calling-another-task
    called = tuple(need[1:] if need.startswith(":") else f"{prefix}{need}" for need in needs)
    evidence, line = f"{path}#tasks.{name}", f"task {prefix}{name}"
    return TaskTarget(runner="task", name=f"{prefix}{name}", line=line, evidence=evidence, body=body, needs=called)


def _mise(folder: EvidenceFolder) -> Iterator[Fact]:
    yield from _mise_files(folder)
    name = folder.first(*MISE)
    if name is None:
        return
    data = folder.toml(name)
    for task, value in as_table(data, "tasks").items():
        if get(value, "hide") is True:
            continue
        body = as_strs(value) + as_strs(value, "run")
        evidence = f"{folder.at(name)}#tasks.{task}"
        needs = as_strs(value, "depends")
        yield TaskTarget(runner="mise", name=task, line=f"mise run {task}", evidence=evidence, body=body, needs=needs)
    for tool, value in as_table(data, "tools").items():
        version = as_str(value) or as_str(value, "version") or next(iter(as_strs(value)), None)
        # `cargo:ripgrep` names a backend and its package: https://mise.jdx.dev/dev-tools/backends/
        if version and ":" not in tool:
            yield Runtime(name=tool, version=version, evidence=f"{folder.at(name)}#tools.{tool}")


def _mise_files(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    """Yield the tasks that are files of their own: `mise-tasks/lint/go` is `lint:go`, `lint/_default` is `lint`.

    Source: https://mise.jdx.dev/tasks/file-tasks.html
    """
    for folder_name in MISE_TASKS if not folder.path else ():
        for path in sorted(path for path in folder.sources.listing if path.startswith(f"{folder_name}/")):
            if folder.sources.listing[path].mode == EXECUTABLE:
                name = path.removeprefix(f"{folder_name}/").partition(".")[0].replace("/", ":")
                name = name.removesuffix(":_default")
                text = folder.sources.text(path) or ""
                yield TaskTarget(
                    runner="mise",
                    name=name,
                    line=f"mise run {name}",
                    evidence=path,
                    body=tuple(text.split("\n")),
                    needs=tuple(need for needs in _MISE_NEEDS.findall(text)[:20] for need in _QUOTED.findall(needs)),
                )
