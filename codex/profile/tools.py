"""Determines the purpose of a command from its tool and its flags."""

import re
from collections.abc import Iterable
from typing import Final

from codex.profile.model import CommandKind
from codex.profile.shell_lines import simple_commands, unwrapped
from codex.profile.tool_table import TOOLS

_LONGEST: Final = max(map(len, TOOLS))
CHECK_FLAGS: Final = frozenset(
    {"--check", "--check-only", "--list-different", "--diff", "--verify-no-changes", "--dry-run", "--exit-code"}
    | {"--set-exit-if-changed", "--test", "--check-formatted", "--lint", "--fail-on-changes", "--fail-on-change"}
    | {"-check"}
)
SHORT_CHECK_FLAGS: Final = {
    "gofmt": ("-l", "-d"),
    "goimports": ("-l", "-d"),
    "gofumpt": ("-l", "-d"),
    "prettier": ("-c", "-l"),
    "shfmt": ("-l", "-d"),
}
_WRITE_FLAGS: Final = frozenset({"-w", "--write"})
"""Flags with which a formatter changes files, whatever else it prints: `gofmt -l -w .`"""
_PRINTERS: Final = frozenset(
    {"prettier", "gofmt", "gofumpt", "goimports", "golines", "shfmt", "clang-format", "yapf", "autopep8", "erb-format"}
    | {"google-java-format", "ormolu", "fourmolu", "stylish-haskell", "swift-format"}
)
"""Formatters that print what they would write, unless a flag says that they write it."""
_IN_PLACE_FLAGS: Final = frozenset(
    {"-w", "--write", "-i", "--in-place", "--inplace", "--in_place", "--replace", "-m", "--mode"}
)
_SHORT_IN_PLACE: Final = re.compile(r"-[a-zA-Z]*[iw][a-zA-Z]*|\$.*")
"""Several flags of one letter, such as `-ri`, or a variable that may contain the flag."""
_FIX_FLAGS: Final = frozenset(
    {"--fix", "--write", "--apply", "--auto-correct", "--autocorrect", "--fix-type", "--fix-unsafely", "--fix-layout"}
    | {"--fix-only", "--fix-dangerously", "--fix-suggestions"}
    | {"--auto-correct-all", "--autocorrect-all", "--safe-auto-correct"}
)
_SHORT_FIX_FLAGS: Final = {"rubocop": ("-a", "-A"), "standardrb": ("-A",), "ktlint": ("-F",), "markdownlint": ("-f",)}

ASIDE_LINTERS: Final = frozenset(
    {"actionlint", "ansible-lint", "codespell", "conftest", "hadolint", "license-eye", "markdownlint"}
    | {"markdownlint-cli2", "reuse", "shellcheck", "typos", "vale", "yamllint", "zizmor"}
    | {"bandit", "brakeman", "buf", "gosec", "semgrep", "spectral", "taplo"}
)
"""Linters and formatters of prose, workflows and other files around the code, or of its security alone."""
_SKIPPED_WORDS: Final = {"mvn": ("clean",), "gradle": ("clean",), "sbt": ("clean", "update", "reload")}
"""Tasks that run before the one that counts."""

_BUILD_SCRIPT: Final = re.compile(r"(?:\./)?build\.(?:go|py|[cm]?[jt]s)")

_INTERPRETERS: Final = frozenset({"python", "node", "ruby", "perl", "php", "bash", "sh"})
_TEST_SCRIPT: Final = re.compile(r"(?:\./)?(?:run_?-?tests?|runtests)\.\w{2,3}")
"""A program at the root that runs the tests: `python runtests.py`."""
_WATCHERS: Final = frozenset(
    {("watchexec",), ("nodemon",), ("entr",), ("chokidar",), ("reflex",), ("ptw",), ("pytest-watch",)}
    | {("cargo", "watch"), ("bacon",), ("tsc-watch",), ("watchfiles",), ("watchmedo",)}
)
_WATCH_FLAGS: Final = frozenset({"--watch", "--watchAll", "--watch-all", "--watch=true"})
_WITHOUT_EFFECT: Final = frozenset(
    {("echo",), ("printf",), ("print",), ("true",), ("false",), (":",), ("exit",), ("sleep",), ("cat",), ("date",)}
    | {("rm",), ("rmdir",), ("rimraf",), ("mkdir",), ("node", "-e"), ("python", "-c")}
    | {("git", "diff"), ("git", "status"), ("git", "log"), ("cd",), ("set",), ("export",)}
)
"""Commands that neither test nor build anything; `npm init` writes `echo "Error: no test specified" && exit 1`."""

_VERSION_CHANGES: Final = frozenset(
    {("go", "mod", "tidy"), ("go", "mod", "vendor"), ("npm", "update"), ("pnpm", "update"), ("yarn", "upgrade")}
    | {("bundle", "update"), ("cargo", "update"), ("composer", "update"), ("composer", "require"), ("poetry", "lock")}
    | {("poetry", "update"), ("uv", "lock"), ("mix", "deps.update"), ("pip-compile",), ("dart", "pub", "upgrade")}
)
"""Commands that change which dependencies, or which versions of them, a project has."""


_MOVES: Final = (("checkout",), ("reset",), ("pull",), ("switch",), ("merge",), ("rebase",))


def kind_of(words: tuple[str, ...]) -> CommandKind | None:
    """Return what a simple command does, by its program and flags; None where the table does not list it."""
    kind = primary_kind(words)
    words = unwrapped(words)
    return None if kind is None or _only_prints_result(words) else _by_flags(kind, words)


def primary_kind(words: tuple[str, ...]) -> CommandKind | None:
    """Return what the program of a simple command is for, whatever its flags: `gofmt -l` lints, but is a formatter."""
    match = matched_tool(words)
    return None if match is None else match[1]


def matched_tool(words: tuple[str, ...]) -> tuple[tuple[str, ...], CommandKind] | None:
    """Return the words that name the tool of a simple command, such as `cargo test`, and what it is for."""
    words = unwrapped(words)
    if _is_elsewhere(words):
        return None
    if words and _runs_build_script(words):
        return words[:1], CommandKind.BUILD
    if words and words[0] in _INTERPRETERS and _TEST_SCRIPT.fullmatch(next(iter(words[1:]), "")):
        return words[:2], CommandKind.TEST
    lower = tuple(word.lower() for word in _without_flags(words))
    for length in range(min(_LONGEST, len(lower)), 0, -1):
        kind = TOOLS.get(lower[:length])
        if kind is not None:
            return lower[:length], kind
    return None


def _runs_build_script(words: tuple[str, ...]) -> bool:
    """Return whether an interpreter runs a script at the root that is called `build`: `go run build.go`."""
    script = words[2:3] if words[:2] in (("go", "run"), ("deno", "run"), ("bun", "run")) else words[1:2]
    is_interpreter = words[0] in ("go", "deno", "bun", "node", "python")
    return is_interpreter and any(map(_BUILD_SCRIPT.fullmatch, script))


def _is_elsewhere(words: tuple[str, ...]) -> bool:
    """Return whether a command only configures a build, or runs make in another folder."""
    if words[:1] == ("cmake",):
        return "--build" not in words
    return words[:1] == ("make",) and any(word.startswith(("-C", "-f", "--directory", "--file")) for word in words)


def kinds_of(lines: Iterable[str]) -> tuple[CommandKind, ...]:
    """Return what the lines of a body do, each kind once, in order."""
    commands = (words for line in lines for words in simple_commands(line))
    kinds = ((kind_of(words), unwrapped(words)[0] in ASIDE_LINTERS) for words in commands)
    checks = (CommandKind.LINT, CommandKind.FORMAT)
    return tuple(dict.fromkeys(kind for kind, aside in kinds if kind is not None and not (aside and kind in checks)))


def is_mixed(lines: Iterable[str]) -> bool:
    """Return whether a body also runs commands of unknown purpose."""
    commands = (words for line in lines for words in simple_commands(line))
    return any(kind_of(words) is None and has_effect(words) for words in commands)


def only_prints(lines: Iterable[str]) -> bool:
    """Return whether a body has commands, and all only print, exit, compare or remove: `echo "no tests yet"`."""
    commands = [words for line in lines for words in simple_commands(line)]
    return bool(commands) and not any(map(has_effect, commands))


def is_named_after_tool(name: str, lines: Iterable[str]) -> bool:
    """Return whether a target has the name of a tool that it runs: `php-cs-fixer`."""
    return any(
        unwrapped(words)[0] == name and kind_of(words) is not None for line in lines for words in simple_commands(line)
    )


def changes_versions(lines: Iterable[str]) -> bool:
    """Return whether a body changes the list of dependencies or their versions: `go mod tidy`."""
    commands = (unwrapped(words) for line in lines for words in simple_commands(line))
    return any(words[:length] in _VERSION_CHANGES for words in commands for length in (2, 3))


def moves_checkout(lines: Iterable[str]) -> bool:
    """Return whether a body changes which commit is checked out: `git checkout v2 && npm ci`."""
    commands = (words for line in lines for words in simple_commands(line))
    return any(words[0] == "git" and words[1:2] in _MOVES for words in commands)


def only_composes_images(lines: Iterable[str]) -> bool:
    """Return whether a body has commands, and all of them build the images of a composition of containers."""
    commands = [unwrapped(words) for line in lines for words in simple_commands(line)]
    return bool(commands) and all(
        words[:3] == ("docker", "compose", "build") or words[:2] == ("docker-compose", "build") for words in commands
    )


def only_parses(lines: Iterable[str]) -> bool:
    """Return whether a body has commands, and all of them only check the syntax: `parallel-lint src`."""
    commands = [unwrapped(words) for line in lines for words in simple_commands(line)]
    return bool(commands) and all(words[0] == "parallel-lint" or words[:2] == ("php", "-l") for words in commands)


def keeps_watching(lines: Iterable[str]) -> bool:
    """Return whether a body runs a program that watches files and never ends by itself."""
    commands = (unwrapped(words) for line in lines for words in simple_commands(line))
    return any(
        words[:1] in _WATCHERS or words[:2] in _WATCHERS or not _WATCH_FLAGS.isdisjoint(words) for words in commands
    )


def has_effect(words: tuple[str, ...]) -> bool:
    """Return whether a simple command does more than print, compare, or set up the shell."""
    words = unwrapped(words)
    return words[:1] not in _WITHOUT_EFFECT and words[:2] not in _WITHOUT_EFFECT and not _only_prints_result(words)


def _only_prints_result(words: tuple[str, ...]) -> bool:
    """Return whether a formatter prints the formatted text, and neither writes nor checks: `prettier "**/*.md"`."""
    if words[:1] == ("swift-format",) and words[1:2] == ("lint",):
        return False
    flags = {word.partition("=")[0] for word in words[1:]}
    is_check = bool(flags & CHECK_FLAGS) or bool(flags.intersection(SHORT_CHECK_FLAGS.get(words[0], ())))
    is_writing = bool(flags & _IN_PLACE_FLAGS) or any(map(_SHORT_IN_PLACE.fullmatch, words[1:]))
    return words[0] in _PRINTERS and not is_check and not is_writing


def _by_flags(kind: CommandKind, words: tuple[str, ...]) -> CommandKind:
    flags = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
    if words[0] == "php-cs-fixer":
        flags -= {"--diff"}  # it also prints what it writes
    if words[:3] == ("dune", "build", "@fmt") and not flags & {"--auto-promote", "--auto"}:
        return CommandKind.LINT  # it shows what it would change
    if kind is CommandKind.FORMAT and (flags & CHECK_FLAGS or _is_dry_run(words[0], flags)):
        return CommandKind.LINT
    if kind is CommandKind.LINT and (flags & _FIX_FLAGS or flags.intersection(_SHORT_FIX_FLAGS.get(words[0], ()))):
        return CommandKind.FORMAT
    if (words[:2] == ("biome", "format") and not flags & _FIX_FLAGS) or words[:2] == ("dprint", "check"):
        return CommandKind.LINT
    if words[:2] == ("go", "install") and any("@" in word for word in words):
        return CommandKind.INSTALL
    if kind is CommandKind.BUILD and words[0] == "tsc" and "--noEmit" in flags:
        return CommandKind.TYPECHECK
    return kind


def _is_dry_run(program: str, flags: set[str]) -> bool:
    return bool(flags.intersection(SHORT_CHECK_FLAGS.get(program, ()))) and not flags & _WRITE_FLAGS


def _without_flags(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without the flags between its program and its subcommand; `node --test` keeps its flag."""
    if words[:1] == ("node",) and "--test" in words:
        return ("node", "--test")
    if words[:1] == ("nx",):
        return (*words[:2], *_nx_targets(words))
    skipped = _SKIPPED_WORDS.get(words[0], ()) if words else ()
    return (*words[:1], *(word for word in words[1:] if not word.startswith(("-", "+")) and word not in skipped))


def _nx_targets(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the target of `nx run-many -t build`; nothing for several. Source: https://nx.dev/docs/reference/nx-commands."""
    for at, word in enumerate(words):
        name, _, value = word.partition("=")
        if name in ("-t", "--target", "--targets"):
            values = (value or "".join(words[at + 1 : at + 2])).split(",")
            return tuple(values) if len(values) == 1 else ()
    return ()
