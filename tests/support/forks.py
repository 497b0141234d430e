"""Starts codexc without the second that Python needs for its imports: one process imports all, and forks for each call.

A call is a process like any other, with its own folder, environment, descriptors and exit code. What is decided while
an interpreter starts (hash seed, encoding of file names) is that of the server: such calls need a Python of their own.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Final, NoReturn

_MOST = 1 << 20
_LAZY = ("git", "httpx2", "identify.identify", "jinja2", "ruamel.yaml", "difflib", "zipfile", "tarfile", "gzip")
"""What codexc imports only when a command needs it."""

_CODEX: Final = {
    "codex.yaml": "namespace: acme\ntitle: A\ndomains:\n  services: {title: S, owner: '@a'}\n",
    "services.md": "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: approved\n---\n\n# Services\n\n## Rules\n\n"
    "### Services MUST log (SVC-1)\n\nA log says what failed.\n",
}
_FIRST: Final = (["check"], ["build"], ["install", "dist", "--into", "repository"], ["audit", "repository"])


class Server:
    """The process that forks, and the calls to it."""

    def __init__(self, root: Path) -> None:
        """Start it; `root` has the package `codex`."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forks", str(theirs.fileno())],
                cwd=root,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()

    def call(
        self, arguments: list[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes, seconds: int
    ) -> tuple[int, bytes, bytes]:
        """Run codexc; returns exit code, standard output and standard error.

        Raises `subprocess.TimeoutExpired`, and `ChildProcessError` where the server is gone.
        """
        with ExitStack() as stack:
            given = stack.enter_context(tempfile.TemporaryFile())
            given.write(stdin)
            given.seek(0)
            readers, writers = [], []
            for _ in range(3):
                reader, writer = os.pipe()
                readers.append(stack.enter_context(os.fdopen(reader, "rb", buffering=0)))
                writers.append(writer)
            mask = os.umask(0)
            os.umask(mask)
            order = {"arguments": arguments, "cwd": str(cwd), "env": dict(env), "umask": mask, "seconds": seconds}
            try:
                socket.send_fds(self._socket, [json.dumps(order).encode()], [given.fileno(), *writers])
            except OSError as error:
                raise ChildProcessError("the server of forks is gone") from error
            finally:
                for writer in writers:
                    os.close(writer)
            out, err, report = _drained([one.fileno() for one in readers])
        if len(report) != 4:
            raise ChildProcessError("the server of forks is gone")
        code = int.from_bytes(report, "big", signed=True)
        if code == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(arguments, seconds, out, err)
        return code, out, err


def _drained(files: list[int]) -> list[bytes]:
    """All that comes from each of these pipes."""
    found = {file: bytearray() for file in files}
    with selectors.DefaultSelector() as waiting:
        for one in files:
            waiting.register(one, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _ in waiting.select():
                data = os.read(key.fd, _MOST)
                found[key.fd] += data
                if not data:
                    waiting.unregister(key.fd)
    return [bytes(one) for one in found.values()]


def _serve(orders: socket.socket) -> None:
    """Fork for each order until the socket is closed, and report how each call ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer)
    reports: dict[int, int] = {}
    with selectors.DefaultSelector() as waiting:
        for source in (orders.fileno(), reader):
            waiting.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fd == reader:
                    os.read(reader, _MOST)
                    continue
                data, files, *_ = socket.recv_fds(orders, _MOST, 4)
                if not data:
                    return
                *standard, report = files
                child = os.fork()
                if child == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    waiting.close()
                    for file in (orders.detach(), reader, writer, report, *reports.values()):
                        os.close(file)
                    _become(json.loads(data), standard)
                reports[child] = report
                for file in standard:
                    os.close(file)
            _report(reports)


def _report(reports: dict[int, int]) -> None:
    """Write the exit code of each process that ended to its caller."""
    for child, report in [*reports.items()]:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            with suppress(BrokenPipeError):
                os.write(report, code.to_bytes(4, "big", signed=True))
            os.close(reports.pop(child))


def _become(order: dict[str, object], standard: list[int]) -> NoReturn:
    """Be codexc: everything that `python -m codex` would find around it."""
    import traceback

    from codex.cli.main import run

    code = 1
    try:
        for number, file in enumerate(standard):
            os.dup2(file, number)
            os.close(file)
        env = order["env"]
        assert isinstance(env, dict)
        os.environ.clear()
        os.environ.update(env)
        time.tzset()
        os.chdir(str(order["cwd"]))
        os.umask(int(str(order["umask"])))
        for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
            errors = "backslashreplace" if number == 2 else "strict"
            stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(int(str(order["seconds"])))
        sys.argv = ["codexc", *map(str, order["arguments"])]  # type: ignore[call-overload]
        run()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _warm_up() -> None:
    """Call what every call computes first, and keeps by its content: compiled schemas, templates and patterns."""
    from codex.cli.main import main
    from codex.http.client import Client

    Client("http://127.0.0.1:1").close()  # reads the certificates of this machine
    before = os.getcwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w", encoding="utf-8") as nothing:
        for name, text in _CODEX.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        Path(folder, "repository").mkdir()
        os.environ.update(HOME=folder, XDG_CACHE_HOME=folder)
        os.chdir(folder)
        with redirect_stdout(nothing), redirect_stderr(nothing):
            for arguments in _FIRST:
                assert main(arguments) == 0, arguments
        os.chdir(before[0])
        os.environ.clear()
        os.environ.update(before[1])


def _main() -> None:
    from importlib import import_module
    from pkgutil import walk_packages

    for package in ("codex", "skills_build"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if module.name != "codex.__main__":
                import_module(module.name)
    for name in _LAZY:
        import_module(name)
    _warm_up()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # a test that is interrupted closes the socket
    import gc

    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    _main()
