"""Runs git against a repository on a host, which may respond slowly, without an end, or with a redirect.

Git itself has no limit for any of these. Credentials come from git's configuration, so that its environment is that of
the user.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from codex.limits import BYTES_PER_PACK, MEBIBYTES_PER_WORKER, SECONDS_PER_EXCHANGE, SECONDS_PER_READ
from codex.shell.address_space import limited_address_space, limited_file_size
from codex.shell.directory import spool
from codex.shell.reading import read_text
from skills_build.errors import CodexError

_SLOWEST: Final = 100
"""Bytes per second, over `SECONDS_PER_READ`, below which Git ends a request over HTTP."""
_OPTIONS: Final = (
    *("-c", "http.followRedirects=false"),
    *("-c", f"http.lowSpeedLimit={_SLOWEST}", "-c", f"http.lowSpeedTime={SECONDS_PER_READ:.0f}"),
    *("-c", "fetch.unpackLimit=1"),
)
"""No redirect, which could lead to an address of this machine, and each fetch is one file, whose size is limited."""
_REDIRECTED: Final = "The requested URL returned error: 30"
_PROTOCOLS: Final = "file:git:http:https:ssh"
"""Not `ext`, which runs a command: https://git-scm.com/docs/git-remote-ext."""


class RemoteGitError(Exception):
    """Git failed; `stderr` is what it printed."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


def listed_refs(folder: Path, address: str) -> tuple[str, str]:
    """Return the address of a remote repository, and its branches and tags as git prints them.

    Redirects are not followed. GitLab redirects the address of a project to the one that ends in `.git`, so that one is
    tried too. Raises as `run_remote_git` does.
    """
    arguments = ("ls-remote", "--heads", "--tags", "--end-of-options")
    try:
        return address, run_remote_git(folder, address, (*arguments, address))
    except RemoteGitError as error:
        if _REDIRECTED not in error.stderr or address.endswith(".git"):
            raise
    address = f"{address.rstrip('/')}.git"
    return address, run_remote_git(folder, address, (*arguments, address))


def run_remote_git(folder: Path, address: str, arguments: Sequence[str]) -> str:
    """Run git in a bare repository on the one at `address`, and return its output.

    Raises `CodexError` if it does not end in time, and `RemoteGitError` if it fails.
    """
    command = ["git", "--git-dir", str(folder), *_OPTIONS, *arguments]
    with spool() as output, spool() as errors:
        with limited_address_space(MEBIBYTES_PER_WORKER), limited_file_size(BYTES_PER_PACK):
            process = subprocess.Popen(
                command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )
        code, printed, stderr = _ended(process, address), _text(output), _text(errors)
    if code:
        raise RemoteGitError(stderr)
    return printed


def _environment() -> dict[str, str]:
    return {"GIT_ALLOW_PROTOCOL": _PROTOCOLS, **os.environ, "LANGUAGE": "C", "LC_ALL": "C"}


def _ended(process: "subprocess.Popen[bytes]", address: str) -> int:
    try:
        return process.wait(timeout=SECONDS_PER_EXCHANGE)
    except subprocess.TimeoutExpired as error:
        hint = "check the address, and that the host is up"
        raise CodexError(f"`{address}`: Git did not end within {SECONDS_PER_EXCHANGE:,.0f} s", hint=hint) from error
    finally:
        if process.poll() is None:
            _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill git and the programs that it started, which would go on without it.

    They are in the process group of this process, so that they can ask for a password.
    """
    for number in (*_below(process.pid), process.pid):
        with suppress(OSError):
            os.kill(number, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    process.kill()
    process.wait()


def _below(number: int) -> Iterator[int]:
    """Yield the processes that a process started, on Linux."""
    try:
        children = read_text(Path(f"/proc/{number}/task/{number}/children")).split()
    except OSError:
        return
    for child in map(int, children):
        yield from _below(child)
        yield child


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace").strip()
