"""Task runners that belong to no language: just, Task and mise."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.model import Fact, Runtime, Target
from codex.profile.shape import at, rows, table, word, words
from codex.profile.sources import Folder

JUSTFILES: Final = ("justfile", "Justfile", ".justfile")
TASKFILES: Final = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml")
MISE: Final = ("mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml", ".mise/config.toml")
_RECIPE: Final = re.compile(r"@?([A-Za-z_][\w-]*)((?:[ \t]+[+*$]?\w[^:\n]*)?)[ \t]*:(?!=)(.*)")


def facts(folder: Folder) -> Iterator[Fact]:
    """Yield the targets of these runners."""
    yield from _just(folder)
    yield from _task(folder)
    yield from _mise(folder)


def _just(folder: Folder) -> Iterator[Target]:
    name = folder.first(*JUSTFILES)
    if name is None:
        return
    recipe: tuple[str, tuple[str, ...]] | None = None
    private, body = False, list[str]()
    for line in (*folder.text(name).split("\n"), "end:"):
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
            yield _recipe(folder.at(name), recipe[0], recipe[1], tuple(body))
        hidden = private or match[1].startswith("_")
        needs = tuple(re.findall(r"[A-Za-z_][\w-]*", match[3].partition("#")[0]))
        recipe, private, body = None if hidden else (match[1], needs), False, []


def _recipe(path: str, name: str, needs: tuple[str, ...], body: tuple[str, ...]) -> Target:
    line, evidence = f"just {name}", f"{path}#{name}"
    return Target(runner="just", name=name, line=line, evidence=evidence, body=body, needs=needs)


def _task(folder: Folder) -> Iterator[Target]:
    name = folder.first(*TASKFILES)
    if name is None:
        return
    for task, value in table(folder.yaml(name), "tasks").items():
        if at(value, "internal") is True:
            continue
        body = words(value) + words(value, "cmd")
        needs = words(value, "deps") + tuple(t for row in rows(value, "deps") for t in words(row, "task"))
        for row in rows(value, "cmds"):
            body += words(row) + words(row, "cmd")
            needs += words(row, "task")
        evidence = f"{folder.at(name)}#tasks.{task}"
        yield Target(runner="task", name=task, line=f"task {task}", evidence=evidence, body=body, needs=needs)


def _mise(folder: Folder) -> Iterator[Fact]:
    name = folder.first(*MISE)
    if name is None:
        return
    data = folder.toml(name)
    for task, value in table(data, "tasks").items():
        if at(value, "hide") is True:
            continue
        body = words(value) + words(value, "run")
        evidence = f"{folder.at(name)}#tasks.{task}"
        needs = words(value, "depends")
        yield Target(runner="mise", name=task, line=f"mise run {task}", evidence=evidence, body=body, needs=needs)
    for tool, value in table(data, "tools").items():
        version = word(value) or word(value, "version") or next(iter(words(value)), None)
        if version and ":" not in tool:
            yield Runtime(name=tool, version=version, evidence=f"{folder.at(name)}#tools.{tool}")
