"""Detects without parsing that the last build is up to date: same inputs, same compiler, unchanged output."""

import contextlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from codex.resources import data_root
from codex.shell.atomic import keep_file
from codex.shell.cache import cache_folder, compiler_digest, key
from codex.shell.reading import read_file
from codex.workflow.codex_folder import CodexFolder
from skills_build.errors import CodexError


class BuildStamp(msgspec.Struct, frozen=True):
    """The last build of one output folder: digests of its inputs and output, and its number of warnings and files."""

    inputs: str
    output: str
    warnings: int
    files: int


def inputs_digest(place: CodexFolder, out: Path, targets: tuple[str, ...]) -> str:
    """A digest of everything that a build of `place` depends on."""
    parts: list[str | bytes] = [compiler_digest(), _shipped(), repr(place.config), place.request.as_of, *targets]
    parts += [place.record or b"", str(out.resolve()), repr(place.locked), repr(sorted(place.tree.names))]
    parts += [f"{dialect.name} {dialect.digest} {paths}" for dialect, paths in place.dialects]
    for path, data in sorted(place.tree.files.items()):
        parts += [path, data]
    return key(*parts)


@lru_cache(maxsize=1)
def _shipped() -> str:
    """A digest of the templates and the table of clients."""
    files = [*sorted(data_root("templates").rglob("*.j2")), data_root("validators") / "clients.toml"]
    return key(*(f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files))


def current_stamp(place: CodexFolder, out: Path, targets: tuple[str, ...]) -> BuildStamp | None:
    """The stamp of the last build if nothing has changed since; None if a build is needed."""
    if not place.request.cache or place.findings:
        return None
    try:
        stamp = msgspec.msgpack.decode(read_file(_file(out)), type=BuildStamp)
    except (OSError, CodexError, msgspec.MsgspecError, ValueError):
        return None
    same = stamp.inputs == inputs_digest(place, out, targets) and stamp.output == _output(out, place)
    return stamp if same else None


def record_stamp(place: CodexFolder, out: Path, targets: tuple[str, ...], *, warnings: int, files: int) -> None:
    """Record the build that was just written. A cache that cannot be written is no error."""
    if not place.request.cache:
        return
    stamp = BuildStamp(
        inputs=inputs_digest(place, out, targets), output=_output(out, place), warnings=warnings, files=files
    )
    with contextlib.suppress(OSError, CodexError):
        keep_file(_file(out), msgspec.msgpack.encode(stamp))


def _file(out: Path) -> Path:
    return cache_folder() / f"built-{key(str(out.resolve()))[:16]}.msgpack"


def _output(out: Path, place: CodexFolder) -> str:
    """A digest of names, sizes and times in the output folder and of the files outside it; no contents."""
    outside = [place.lock_path, out.parent / ".claude-plugin" / "marketplace.json"]
    facts = [_facts(str(path), path.lstat()) if path.is_file() else f"no {path}" for path in outside]
    facts += sorted(_listing(str(out))) if out.is_dir() else []
    return key(*facts)


def _listing(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _listing(entry.path)
            else:
                yield _facts(entry.path, entry.stat(follow_symlinks=False))


def _facts(path: str, status: os.stat_result) -> str:
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_mode}"
