"""What is fuzzed: each target reads bytes of others, and may raise nothing but our own errors."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Final

from codex.cli.main import main
from codex.forge.local_requests import LocalRequests
from codex.http.errors import HttpError
from codex.http.response import decode_json
from codex.sync.block import BlockPlace, UnusableFile, find_block, remove_block, write_block
from codex.sync.lock import load_lock
from codex.sync.settings import settings_of
from codex.workflow.codex_folder import schema
from skills_build.emit.committed import completed
from skills_build.errors import CodexError
from skills_build.release.archive import SKILL_LIMITS, member, read_damaged, unpack
from skills_build.release.loaded_bundle import load_bundle
from skills_build.release.record import load_record
from tests.support.data import ROOT
from tests.support.profiling import profiled

MANIFESTS: Final = (
    "package.json", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "go.mod", "Cargo.toml", "pom.xml",
    "build.gradle.kts", "composer.json", "Gemfile", "mix.exs", "Makefile", "justfile", "Taskfile.yml", "Jenkinsfile",
    ".gitlab-ci.yml", ".github/workflows/ci.yml", "a.csproj", "Dockerfile", "CODEOWNERS", ".gitattributes", "deno.json",
    "noxfile.py", "requirements.txt", "pnpm-workspace.yaml", ".pre-commit-config.yaml", "compose.yaml",
)  # fmt: skip


def standard(data: bytes) -> None:
    """The reader of standards, with all lints and the report."""
    path = _folder() / "a.md"
    path.write_bytes(data)
    with contextlib.redirect_stdout(StringIO()), contextlib.redirect_stderr(StringIO()) as errors:
        code = main(["check", str(path), "--no-cache"])
    assert code in (0, 1, 2), errors.getvalue()


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="codexc-fuzz-"))
    (folder / "codex.yaml").write_text("namespace: acme\n", encoding="utf-8")
    return folder


def block(data: bytes) -> None:
    """The editor of blocks: what it adds can be removed again, byte for byte."""
    for place in BlockPlace:
        with contextlib.suppress(CodexError):
            had = find_block(data)
            made = write_block(data, "- a\n", version="1.0.0", place=place)
            if had is None and not isinstance(made, UnusableFile):
                assert remove_block(made) == data
    remove_block(data)


def archive(data: bytes) -> None:
    """Archives from a host."""
    read_damaged(data, limits=SKILL_LIMITS)
    for read in (
        lambda: unpack(data, name="x", limits=SKILL_LIMITS),
        lambda: member(data, "a.md", name="x", limits=SKILL_LIMITS),
    ):
        with contextlib.suppress(CodexError):
            read()


def lock(data: bytes) -> None:
    """The lock in a repository."""
    with contextlib.suppress(CodexError):
        load_lock(data, schema=schema("lock"))


def settings(data: bytes) -> None:
    """The settings in a repository."""
    with contextlib.suppress(CodexError):
        settings_of(data, schema=schema("repository"))


def record(data: bytes) -> None:
    """The record of releases."""
    with contextlib.suppress(CodexError):
        load_record(data, schema=schema("releases"))


def bundle(data: bytes) -> None:
    """A bundle whose manifest anyone may have written."""
    files = [replace(file, data=data) if file.path == "manifest.json" else file for file in _bundle()]
    with contextlib.suppress(CodexError):
        load_bundle(completed(files))


@cache
def _bundle() -> tuple:  # type: ignore[type-arg]
    from codex.shell.folder import read_folder

    return read_folder(ROOT / "dist", most=10**9)


def manifest(data: bytes) -> None:
    """The manifests of every ecosystem."""
    profiled({**dict.fromkeys(MANIFESTS, data), "a.py": b"x = 1\n"})


def requests(data: bytes) -> None:
    """A response of a forge, and the request file of a local one."""
    with contextlib.suppress(HttpError):
        rows = decode_json(data, LocalRequests, where="x")
        json.dumps(rows)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    one.__name__: one for one in (standard, block, archive, lock, settings, record, bundle, manifest, requests)
}
