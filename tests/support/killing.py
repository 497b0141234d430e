"""Runs codexc in a fork that is killed at one of its calls to the system, as a lost machine would do."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

_CHANGES: Final = frozenset(
    {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "subprocess.Popen", "ctypes.dlopen"}
)
"""Audit events (https://docs.python.org/3/library/audit_events.html) of calls that change files or start git.

`ctypes.dlopen` comes before two directories are exchanged."""
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def run_and_count(arguments: list[str], cwd: Path) -> int:
    """Run codexc, which has to succeed; returns how often it changes files or starts git."""
    reader, writer = os.pipe()
    child = _fork(arguments, cwd, writer, lambda _: False)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        count = int(file.read() or b"0")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return count


def run_and_kill(arguments: list[str], cwd: Path, *, at: int) -> None:
    """Run codexc, and send SIGKILL before it changes files or starts git for the `at`th time."""
    writer = os.open(os.devnull, os.O_WRONLY)
    child = _fork(arguments, cwd, writer, lambda number: number == at)
    os.close(writer)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _fork(arguments: list[str], cwd: Path, report: int, dies: Callable[[int], bool]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.chdir(cwd)
        silent = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(silent, number)
        from codex.cli.main import main

        count = 0

        def hook(event: str, values: tuple[object, ...]) -> None:
            nonlocal count
            writes = event == "open" and isinstance(values[2], int) and values[2] & _WRITES
            if event in _CHANGES or writes:
                count += 1
                if dies(count):
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        code = main(arguments)
        os.write(report, str(count).encode())
        os._exit(code)
    finally:
        os._exit(99)
