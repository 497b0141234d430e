"""The arguments and environment of every git process on a repository that may be someone else's.

A repository's own configuration can name programs: hooks, filters, a file system monitor, an editor, a signing program.
git runs none of them for codexc. Configuration outside of the repository (the user's and the machine's) is followed.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from codex.shell.directory import spool
from codex.shell.git_folder import check_git_around
from codex.shell.git_wait import refuse_pipes
from skills_build.errors import CodexError

TIMEOUT_SECONDS: Final = 120
PATIENCE_SECONDS: Final = 3
"""How long git may take before the pipe that it may be waiting for is looked for."""
SAFE_OPTIONS: Final = (
    *("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.quotePath=false"),
    *("diff.submodule=short", "status.submoduleSummary=false", "submodule.recurse=false"),
)
"""Settings for `git -c`: no file system monitor, no hook, paths as they are, and no git process in a submodule, in
which these settings do not apply."""
_PLUMBING: Final = frozenset({"cat-file", "check-ignore", "config", "ls-files", "ls-tree", "merge-base", "rev-parse"})
"""Commands that run no program that a repository's configuration can name, but for those that `SAFE_OPTIONS` cover."""
_LOCAL: Final = frozenset({"local", "worktree"})
"""Scopes of `git config --show-scope` that belong to the repository, files that it includes among them."""
_PROGRAMS: Final[Mapping[str, str]] = {
    r"filter\..*\.(clean|smudge|process)": "",
    r"filter\..*\.required": "false",
    r"gc\.recentobjectshook": "",
    r"gpg\.(openpgp\.)?program": "gpg",
    r"gpg\.x509\.program": "gpgsm",
    r"gpg\.ssh\.program": "ssh-keygen",
    r"gpg\.ssh\.defaultkeycommand": "",
    r"core\.sshcommand": "ssh",
    r"core\.(editor|pager|askpass|gitproxy|alternaterefscommand)": "",
    r"credential\.(.*\.)?helper": "",
    r"diff\.(external|.*\.command|.*\.textconv)": "",
    r"hook\..*\.(command|event)": "",
    r"merge\..*\.driver": "",
    r"remote\..*\.receivepack": "git-receive-pack",
    r"remote\..*\.uploadpack": "git-upload-pack",
    r"remote\..*\.vcs": "",
    r"trailer\..*\.(command|cmd)": "",
}
"""Settings with which a repository names a program, and git's default for each (`git help config`)."""
_PROGRAM: Final = {re.compile(key, re.DOTALL): default for key, default in _PROGRAMS.items()}
_PROTOCOLS: Final = "file:http:https:ssh"
"""What git may fetch missing objects with; not `ext`, which runs a command: https://git-scm.com/docs/git-remote-ext."""


def git_environment(*, fetches: bool = False) -> dict[str, str]:
    """Return the environment of a git process: the user's, without what names another repository.

    Unless it `fetches`, Git does not fetch missing objects of a partial clone.
    """
    safe = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_ALLOW_PROTOCOL": _PROTOCOLS}
    if not fetches:
        safe |= {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}  # git < 2.45 only has the second
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("GIT_") or n.startswith("GIT_CONFIG")}
    return {**inherited, **safe}


def run_git(
    folder: Path, *arguments: str, stdin: bytes = b"", accepted: tuple[int, ...] = (0,), fetches: bool = False
) -> bytes:
    """Run git in a directory and return its output. Raises `CodexError` with the message of git.

    No program that the repository's configuration names is run, and git does not open a pipe in its directory. Unless
    it `fetches`, Git does not fetch missing objects of a partial clone.
    """
    if arguments[0] in _PLUMBING and not fetches:
        check_git_around(folder)
        safe: tuple[str, ...] = SAFE_OPTIONS
    else:
        safe = safe_options(folder)  # it reads the configuration by this function, and so checks the directory
    options = (word for option in safe for word in ("-c", option))
    try:
        code, output, errors = _run(folder, ("git", *options, *arguments), stdin, git_environment(fetches=fetches))
    except FileNotFoundError as error:
        raise CodexError("Git is not installed", hint="install Git, or pass a plain directory") from error
    except subprocess.TimeoutExpired as error:
        raise CodexError(f"Git timed out after {TIMEOUT_SECONDS} s in `{folder}`") from error
    if code < 0:
        raise CodexError(f"Git was terminated by signal {-code} in `{folder}`", hint="run the command again")
    if code not in accepted:
        message = errors.decode(errors="replace").strip().split("\n")[0].removeprefix("fatal: ")
        raise CodexError(
            f"git cannot read `{folder}`: {message}", hint="check that it is a repository with at least one commit"
        )
    return output


def _run(
    folder: Path, arguments: Sequence[str], stdin: bytes, environment: Mapping[str, str]
) -> tuple[int, bytes, bytes]:
    """Run git, and return its exit code, output and errors. A pipe is looked for once it has taken long.

    The input is a file, because `communicate` sends the rest of it no more after a timeout.
    """
    pipe = subprocess.PIPE
    with _input(stdin) as source:
        started = subprocess.Popen(arguments, cwd=folder, stdin=source, stdout=pipe, stderr=pipe, env=environment)
        with started as process:
            try:
                output, errors = _communicated(process, folder)
            except BaseException:
                process.kill()
                raise
    return process.returncode, output, errors


@contextmanager
def _input(data: bytes) -> "Iterator[BinaryIO | int]":
    if not data:
        yield subprocess.DEVNULL
        return
    with spool() as file:
        file.write(data)
        file.seek(0)
        yield file


def _communicated(process: "subprocess.Popen[bytes]", folder: Path) -> tuple[bytes, bytes]:
    try:
        return process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        refuse_pipes(folder)
        return process.communicate(timeout=TIMEOUT_SECONDS - PATIENCE_SECONDS)


def safe_options(folder: Path) -> tuple[str, ...]:
    """Return settings for `git -c` with which no program that the repository around `folder` names is run.

    A program that the user's or the machine's configuration names stays. Raises `CodexError` for a name that cannot be
    overridden.
    """
    rows = list(_configuration(folder))
    local = dict.fromkeys(key for scope, key, _ in rows if scope in _LOCAL)
    return (*SAFE_OPTIONS, *(option for key in local for option in _override(key, rows)))


def _override(key: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    default = next((default for pattern, default in _PROGRAM.items() if pattern.fullmatch(key)), None)
    if default is None:
        return
    if "=" in key:  # `git -c` ends the name at the first one
        hint = "remove this section from the repository's configuration (`git config --local --edit`)"
        raise CodexError(f"the setting `{key}` in the repository's Git configuration runs a program", hint=hint)
    outside = [value for scope, other, value in rows if other == key and scope not in _LOCAL]
    yield f"{key}="  # it also ends a list, as of credential helpers
    yield from (f"{key}={value}" for value in outside or [default] if value)


def _configuration(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield scope, name and value of each setting that git reads in a directory; a name alone has the value `true`."""
    output = run_git(folder, "config", "--list", "--show-scope", "-z").decode("utf-8", "surrogateescape")
    fields = output.split("\0")
    for scope, setting in zip(fields[::2], fields[1::2], strict=False):
        name, _, value = setting.partition("\n")
        yield scope, name, value


def hooks_folder(folder: Path) -> Path | None:
    """Return the directory in which the configuration looks for hooks, None for the one in the repository."""
    rows = [value for scope, key, value in _configuration(folder) if key == "core.hookspath" and scope != "command"]
    return folder / Path(rows[-1]).expanduser() if rows and rows[-1] else None
