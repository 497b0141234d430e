"""Knows whether a build would change anything, without parsing: same inputs, same compiler, output untouched since."""

import contextlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from codex.resources import data_root
from codex.shell.atomic import keep_file
from codex.shell.cache import cache_folder, compiler_digest, key
from codex.workflow.codex_folder import CodexFolder
from skills_build.errors import CodexError


class BuildStamp(msgspec.Struct, frozen=True):
    """What the last build of one output folder was made from, how that folder looked then, and what was said."""

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
    """Changes whenever a template or the table of clients does."""
    files = [*sorted(data_root("templates").rglob("*.j2")), data_root("validators") / "clients.toml"]
    return key(*(f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files))


def current_stamp(place: CodexFolder, out: Path, targets: tuple[str, ...]) -> BuildStamp | None:
    """The stamp of the last build, if nothing has changed since; None where a build is needed."""
    if not place.request.cache or place.findings:
        return None
    try:
        stamp = msgspec.msgpack.decode(_file(out).read_bytes(), type=BuildStamp)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    same = stamp.inputs == inputs_digest(place, out, targets) and stamp.output == _output(out, place)
    return stamp if same else None


def record_stamp(place: CodexFolder, out: Path, targets: tuple[str, ...], *, warnings: int, files: int) -> None:
    """Remember the build that was just written. A cache that cannot be written is no error."""
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
    """How the output folder and the lock look: names, sizes and times, no contents."""
    beside = [place.lock_path, out.parent / ".claude-plugin" / "marketplace.json"]
    facts = [_facts(str(path), path.lstat()) if path.is_file() else f"no {path}" for path in beside]
    facts += sorted(_listing(str(out))) if out.is_dir() else []
    return key(*facts)


def _listing(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _listing(entry.path)
            else:
                yield _facts(entry.path, entry.stat(follow_symlinks=False))


def _facts(path: str, found: os.stat_result) -> str:
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_mode}"
