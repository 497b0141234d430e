"""Finds the targets that a command calls: `make lint test`, `npm run build`, `tox -e py312`. A function per runner."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

_NPM_SHORTCUTS: Final = {"test": "test", "t": "test", "tst": "test", "start": "start"}
_BUILT_IN_COMMANDS: Final = frozenset(
    {"install", "i", "add", "remove", "exec", "dlx", "publish", "pack", "ci", "init", "create", "link", "audit", "why"}
    | {"workspace", "workspaces", "config", "cache", "set", "global", "info", "outdated", "up", "upgrade", "update"}
    | {"import", "login", "version", "rebuild", "store", "fetch", "patch", "node", "x", "plugin", "dedupe", "immutable"}
)
_OTHER_PACKAGE_FLAGS: Final = (
    "-w",
    "--workspace",
    "--workspaces",
    "-ws",
    "--filter",
    "-F",
    "--prefix",
    "-C",
    "--dir",
    "--cwd",
    "-r",
    "--recursive",
)

_PYTHON_SUFFIX: Final = re.compile(r"-(?:\d++\.\d++$|\$\{(?s:.*))")
"""The suffix of a nox session that runs with several Pythons, also as an expression in CI.

Source: https://nox.thea.codes/en/stable/config.html#configuring-a-session-s-virtualenv
"""

Calls = Iterator[str]


def called_targets(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the targets that a command calls, as pairs of runner and name; an empty name is the runner's default."""
    readers = _RUNNERS.get(words[0], ()) if words else ()
    return tuple((runner, name) for runner, names in readers for name in names(words[1:]))


def _plain(words: tuple[str, ...]) -> Calls:
    """Yield all words that are neither flags nor assignments."""
    names = tuple(word for word in words if not word.startswith("-") and "=" not in word)
    yield from names or ("",)


def _make(words: tuple[str, ...]) -> Calls:
    if any(word in ("-C", "-f") or word.startswith(("-C", "-f", "--directory", "--file")) for word in words):
        return
    counted = [word for at, word in enumerate(words) if not (word.isdigit() and at and words[at - 1] in ("-j", "-l"))]
    yield from _plain(tuple(counted))


def _npm(words: tuple[str, ...]) -> Calls:
    if _runs_in_other_package(words):
        return
    names = [word for word in words if not word.startswith("-")]
    if names[:1] in (["run"], ["run-script"]):
        yield from names[1:2]
    elif names and names[0] in _NPM_SHORTCUTS:
        yield _NPM_SHORTCUTS[names[0]]


def _yarn(words: tuple[str, ...]) -> Calls:
    if _runs_in_other_package(words):
        return
    names = [word for word in words if not word.startswith("-")]
    if names[:1] == ["run"]:
        yield from names[1:2]
    elif names[:1] == ["concurrently"]:
        yield from _concurrently(words)
    elif names and names[0] not in _BUILT_IN_COMMANDS:
        yield names[0]


def _bun(words: tuple[str, ...]) -> Calls:
    """Yield the script; `bun test` and `bun build` are Bun's own commands, and those take precedence over scripts.

    Source: https://bun.sh/docs/cli/run
    """
    if _runs_in_other_package(words):
        return
    names = [word for word in words if not word.startswith("-")]
    if names[:1] == ["run"]:
        yield from names[1:2]
    elif names and names[0] not in _BUILT_IN_COMMANDS | {"test", "build", "pm", "repl"}:
        yield names[0]


def _runs_in_other_package(words: tuple[str, ...]) -> bool:
    return any(word.partition("=")[0] in _OTHER_PACKAGE_FLAGS for word in words)


def _after_run(words: tuple[str, ...]) -> Calls:
    """Yield the name in `mise run NAME`, `composer run-script NAME`, or only `NAME`."""
    names = [word for word in words if not word.startswith("-")]
    if names[:1] and names[0] in ("run", "r", "run-script"):
        yield from names[1:2]
    elif names:
        yield names[0]


def _hatch(words: tuple[str, ...]) -> Calls:
    names = [word for word in words if not word.startswith("-")]
    if names[:1] == ["run"] and len(names) > 1:
        # `hatch run ENV:SCRIPT`: https://hatch.pypa.io/latest/environment/
        yield names[1]
        yield names[1].rpartition(":")[2]


def _pixi(words: tuple[str, ...]) -> Calls:
    """Yield the task in `pixi run -e ENVIRONMENT TASK`."""
    names, at = list[str](), 0
    while at < len(words):
        if words[at].startswith("-"):
            at += 2 if words[at] in ("-e", "--environment", "--manifest-path") else 1
            continue
        names.append(words[at])
        at += 1
    if names[:1] == ["run"]:
        yield from names[1:2]


def _tox(words: tuple[str, ...]) -> Calls:
    yield ""
    for at, word in enumerate(words):
        if word in ("-e", "--env") and at + 1 < len(words):
            yield from words[at + 1].split(",")
        elif word.startswith("-e") and len(word) > 2:
            yield from word[2:].split(",")


def _nox(words: tuple[str, ...]) -> Calls:
    names = list(words)
    while names and names[0] not in ("-s", "--session", "--sessions", "-e"):
        names.pop(0)
    for name in names[1:]:
        if name.startswith("-"):
            break
        yield _PYTHON_SUFFIX.sub("", name.partition("(")[0])
    if not names:
        yield ""


def _deno(words: tuple[str, ...]) -> Calls:
    if words[:1] == ("task",):
        yield from words[1:2]


def _first(words: tuple[str, ...]) -> Calls:
    yield from words[:1]


def _cargo(words: tuple[str, ...]) -> Calls:
    yield from [word for word in words if not word.startswith("+")][:1]


def _mix(words: tuple[str, ...]) -> Calls:
    """Yield the tasks of `mix NAME` and `mix do NAME + NAME`: https://hexdocs.pm/mix/Mix.Tasks.Do.html."""
    if words[:1] != ("do",):
        yield from words[:1]
        return
    for before, word in pairwise(words):
        if before in ("do", "+") or before.endswith(","):
            yield word.rstrip(",")


def _xtask(words: tuple[str, ...]) -> Calls:
    """Yield the task of `cargo xtask NAME`: https://github.com/matklad/cargo-xtask."""
    if words[:1] == ("xtask",):
        yield from (word for word in words[1:2] if not word.startswith("-"))


def _concurrently(words: tuple[str, ...]) -> Calls:
    """Yield the scripts of `concurrently "npm:lint" "npm run test"`.

    Source: https://github.com/open-cli-tools/concurrently
    """
    for word in words:
        called = word.split()
        if word.startswith("npm:"):
            yield word.partition(":")[2]
        elif len(called) > 1 and called[0] in ("npm", "pnpm", "yarn", "bun"):
            yield from _BY_PROGRAM[called[0]][1](tuple(called[1:]))


_BY_PROGRAM: Final[dict[str, tuple[str, Callable[[tuple[str, ...]], Calls]]]] = {
    "make": ("make", _make),
    "gmake": ("make", _make),
    "just": ("just", _plain),
    "task": ("task", _plain),
    "go-task": ("task", _plain),
    "mise": ("mise", _after_run),
    "npm": ("script", _npm),
    "pnpm": ("script", _yarn),
    "yarn": ("script", _yarn),
    "bun": ("script", _bun),
    "run-s": ("script", _plain),
    "run-p": ("script", _plain),
    "npm-run-all": ("script", _plain),
    "npm-run-all2": ("script", _plain),
    "concurrently": ("script", _concurrently),
    "deno": ("deno", _deno),
    "poe": ("poe", _plain),
    "pdm": ("pdm", _after_run),
    "hatch": ("hatch", _hatch),
    "pipenv": ("pipenv", _after_run),
    "pixi": ("pixi", _pixi),
    "composer": ("composer", _after_run),
    "rake": ("rake", _plain),
    "tox": ("tox", _tox),
    "nox": ("nox", _nox),
    "cargo": ("cargo", _cargo),
    "mix": ("mix", _mix),
    "sbt": ("sbt", _plain),
    "pre-commit": ("pre-commit", _first),
    "prek": ("pre-commit", _first),
}
_RUNNERS: Final = {program: (reader,) for program, reader in _BY_PROGRAM.items()} | {
    "cargo": (_BY_PROGRAM["cargo"], ("xtask", _xtask))
}
