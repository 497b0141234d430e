"""Splits shell lines into simple commands, far enough to see which tool runs. Runs and expands nothing."""

import re
import shlex
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

MAX_LINE: Final = 4096
MAX_WORDS: Final = 64
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*\+?=.*", re.DOTALL)
_VARIABLE: Final = re.compile(r"\$[({]{1,2}([A-Za-z_]\w*)[)}]{1,2}|\$([A-Za-z_]\w*)")
_LEADING_VARIABLE: Final = re.compile(r"\$(?:\(\w+\)|\{\w+\})(?=[A-Za-z])")
"""A prefix with the folder of a program: `${PREFIX}mypy`."""
_PROGRAM_VARIABLES: Final = ("_pip", "_python", "_go", "_cargo", "_npm", "_docker", "_pytest")
"""Endings of variables that hold the path of a program: `$(VENV_PIP)`."""
_OPERATOR: Final = re.compile(r"&&|\|\||[;|&\n]")
_KEYWORDS: Final = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "while", "for", "case", "esac", "!", "{", "}", "("}
)

WRAPPERS: Final = (
    ("uv", "run"),
    ("uvx",),
    ("uv", "tool", "run"),
    ("pipx", "run"),
    ("poetry", "run"),
    ("pdm", "run"),
    ("pipenv", "run"),
    ("hatch", "run"),
    ("rye", "run"),
    ("pixi", "run"),
    ("bundle", "exec"),
    ("opam", "exec"),
    ("npx",),
    ("bunx",),
    ("npm", "exec"),
    ("pnpm", "exec"),
    ("pnpm", "dlx"),
    ("yarn", "exec"),
    ("yarn", "dlx"),
    ("yarn", "run"),
    ("mise", "exec"),
    ("mise", "x"),
    ("rtx", "exec"),
    ("coverage", "run"),
    ("nyc",),
    ("c8",),
    ("php",),
    ("python", "-m"),
    ("python3", "-m"),
    ("sudo",),
    ("time",),
    ("env",),
    ("exec",),
    ("command",),
    ("nice",),
    ("xvfb-run",),
    ("cross-env",),
    ("dotenv",),
)
"""Words that only start another program; they are skipped with their flags."""
_ALIASES: Final = {
    "python3": "python",
    "py": "python",
    "gradlew": "gradle",
    "mvnw": "mvn",
    "bazelisk": "bazel",
    "bazelw": "bazel",
    "podman": "docker",
    "container_engine": "docker",
    "container_tool": "docker",
}
_FLAGS_WITH_VALUE: Final = frozenset(
    {
        "--with",
        "--group",
        "--extra",
        "--python",
        "-p",
        "--package",
        "--only-group",
        "--from",
        "--env-file",
        "-n",
        "--color",
        "--exclude",
        "--include",
        "--reporter",
        "--source",
        "--rcfile",
        "--debug",
    }
)


def simple_commands(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each simple command of a line; closed quotes are respected, and `#` starts a comment."""
    yield from _commands_of(line[:MAX_LINE])


@lru_cache(maxsize=1024)
def _commands_of(line: str) -> tuple[tuple[str, ...], ...]:
    """Return the simple commands of a line. Cached, because several functions parse each line of a target."""
    return tuple(words for _, part in _split_at_operators(line) for words in _simple_command(part))


def first_choices(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the simple commands of a line without those that run only if another one fails: `make a || make b`."""
    for operator, part in _split_at_operators(line[:MAX_LINE]):
        if operator != "||":
            yield from _simple_command(part)


def _simple_command(part: str) -> Iterator[tuple[str, ...]]:
    words = _words(part)
    while words and (words[0] in _KEYWORDS or _ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    if words and words[0].startswith("(") and len(words[0]) > 1:
        words[0] = words[0][1:]  # a subshell
    if words and words[-1].endswith(")") and part.count(")") > part.count("("):
        words[-1] = words[-1][:-1]
    if words:
        yield tuple(words[:MAX_WORDS])


def stages(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a command, then the rest of it as wrappers (`uv run`, `npx`) are removed one by one."""
    words = (_program(words[0]), *words[1:]) if words else words
    while words:
        yield words
        shorter = _unwrapped(words)
        if shorter == words or not shorter:
            return
        words = (_program(shorter[0]), *shorter[1:])


def unwrapped(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without its wrappers."""
    *_, last = stages(words) if words else (words,)
    return last


def _split_at_operators(line: str) -> list[tuple[str, str]]:
    """Split a line at operators outside of quotes; each part comes with the operator before it."""
    parts, start, quote, at, before = list[tuple[str, str]](), 0, "", 0, ""
    while at < len(line):
        character = line[at]
        if quote:
            at += 2 if character == "\\" and quote == '"' else 1
            quote = "" if character == quote else quote
            continue
        if character in "'\"":
            quote = character
        elif character == "\\":
            at += 1
        elif character == "#" and (at == 0 or line[at - 1].isspace()):
            end = line.find("\n", at)
            parts.append((before, line[start:at]))
            start = at = len(line) if end < 0 else end
            continue
        else:
            operator = _OPERATOR.match(line, at)
            if operator:
                parts.append((before, line[start:at]))
                at = start = operator.end()
                before = operator[0]
                continue
        at += 1
    parts.append((before, line[start:]))
    return [(operator, part.strip()) for operator, part in parts if part.strip()]


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part)
    except ValueError:
        return part.split()


def _program(word: str) -> str:
    """Return the tool of a first word: `$(BIN)/ruff` and `./node_modules/.bin/eslint` are `ruff` and `eslint`."""
    name = word.lstrip("@-+").rstrip("/").rpartition("/")[2]
    name = _LEADING_VARIABLE.sub("", name)
    variable = _VARIABLE.fullmatch(name)
    if variable:
        name = (variable[1] or variable[2]).lower()
        name = name.rpartition("_")[2] if name.endswith(_PROGRAM_VARIABLES) else name
    name = name.removesuffix(".exe").removesuffix(".cmd").removesuffix(".phar")
    return _ALIASES.get(name, name)


def _unwrapped(words: tuple[str, ...]) -> tuple[str, ...]:
    for wrapper in WRAPPERS:
        if words[: len(wrapper)] == wrapper:
            return _after_flags(words[len(wrapper) :])
    if words[0] == "python" and len(words) > 1 and _is_program_file(words[1]):
        return words[1:]
    return words


def _is_program_file(word: str) -> bool:
    """Return whether Python runs this file as a program of its own: `manage.py`, or a path without an ending."""
    return word.rpartition("/")[2] == "manage.py" or ("/" in word and not word.endswith(".py"))


def _after_flags(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and (words[at].startswith(("-", "$")) or _ASSIGNMENT.fullmatch(words[at])):
        at += 2 if words[at] in _FLAGS_WITH_VALUE else 1
    return words[at:]
