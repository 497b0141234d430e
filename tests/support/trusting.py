"""Signed bundles, and installs that are refused."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from codex.workflow.bundles import open_bundle
from codex.workflow.trust import gather_trust
from skills_build.errors import CodexError
from tests.support.running import Run, codexc


def key(folder: Path, name: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True)
    return folder / name


def public(path: Path) -> str:
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


def allowed(folder: Path, *lines: str) -> Path:
    path = folder / "allowed_signers"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def install(where: object, repository: Path, *options: str | Path, **env: Any) -> Run:
    return codexc("install", str(where), "--into", repository, *options, **env)


def refused(run: Run, *words: str) -> None:
    assert run.code == 2, run.out + run.err
    for word in words:
        assert word in run.err, run.err


def fault(where: object, allowed: Path | None = None) -> str:
    """Why a bundle is not believed, asked within this process, which is quicker; empty where it is."""
    try:
        open_bundle(str(where), gather_trust(allowed_signers=allowed))
    except CodexError as error:
        return error.message
    return ""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
