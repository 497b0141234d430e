"""Runs codexc as its users do, in a process of its own."""

import atexit
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.data import ROOT, STARTED
from tests.support.forks import Server

SECONDS: Final = 120
_OF_THE_START: Final = ("PYTHON", "LC_", "LANG")
"""Variables that count only while an interpreter starts."""
_FOREGROUND: Final = (
    "import os, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
    "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
    "signal.pthread_sigmask(signal.SIG_SETMASK, ())\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


@dataclass(frozen=True)
class Run:
    """How one call ended."""

    code: int
    out: str
    err: str


def codexc(
    *arguments: str | Path, cwd: Path | None = None, stdin: bytes | None = None, fresh: bool = False, **env: str
) -> Run:
    """Call codexc; fails the test where it printed a traceback.

    The process is a fork of one that has imported codexc already. `fresh`, variables that only a starting interpreter
    reads, and `CODEXC_TEST_STARTED` in the environment (as in `make thorough`) start an interpreter of its own.
    """
    call = _started if fresh or STARTED or _starts(env) else _forked
    around = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env}
    code, out, err = call([*map(str, arguments)], cwd or ROOT, around, stdin)
    run = Run(code, out.decode(errors="replace"), err.decode(errors="replace"))
    assert "Traceback (most recent call last)" not in run.out + run.err, run.err
    assert run.code != 3, run.err
    return run


def foreground(command: Sequence[str]) -> list[str]:
    """A command that is ended by SIGINT and SIGTERM, also where the tests run as a shell's background job.

    Such a job ignores SIGINT, and so does every process that it starts (POSIX, Shell Command Language, 2.11).
    """
    return [sys.executable, "-c", _FOREGROUND, *command]


def _starts(env: Mapping[str, str]) -> bool:
    return any(name.startswith(_OF_THE_START) and name != "PYTHONPATH" for name in env)


def _started(arguments: list[str], cwd: Path, env: Mapping[str, str], stdin: bytes | None) -> tuple[int, bytes, bytes]:
    result = subprocess.run(
        [sys.executable, "-m", "codex", *arguments],
        cwd=cwd,
        input=stdin or b"",
        capture_output=True,
        check=False,
        timeout=SECONDS,
        env=env,
    )
    return result.returncode, result.stdout, result.stderr


def _forked(arguments: list[str], cwd: Path, env: Mapping[str, str], stdin: bytes | None) -> tuple[int, bytes, bytes]:
    return _server().call(arguments, cwd=cwd, env=env, stdin=stdin or b"", seconds=SECONDS)


@cache
def _server() -> Server:
    server = Server(ROOT)
    atexit.register(server.close)
    return server
