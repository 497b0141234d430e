"""Detects without parsing that the last build is up to date: same inputs, same compiler, unchanged output."""

import contextlib
import os
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from codex.resources import data_root
from codex.shell.atomic import keep_file
from codex.shell.cache import cache_folder, compiler_digest, key
from codex.shell.locking import locked
from codex.shell.reading import read_file, real_path
from codex.shell.walking import files_below
from codex.workflow.build import BuildResult, drift
from codex.workflow.codex_folder import CodexFolder
from skills_build.errors import CodexError

_TICK_NS: Final = 20_000_000
"""Longer than the resolution of file times, in nanoseconds (on Linux, one tick of the kernel, at most 10 ms)."""


class BuildStamp(msgspec.Struct, frozen=True):
    """The last build of one output folder: digests of its inputs and output, and its number of warnings and files."""

    inputs: str
    output: str
    warnings: int
    files: int


def inputs_digest(place: CodexFolder, out: Path, targets: tuple[str, ...]) -> str:
    """A digest of everything that a build of `place` depends on."""
    parts: list[str | bytes] = [compiler_digest(), _shipped(), repr(place.config), place.request.as_of, *targets]
    parts += [place.record or b"", str(real_path(out)), repr(place.locked), repr(sorted(place.tree.names))]
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
    """Return the stamp of the last build if nothing has changed since; None if a build is needed."""
    file = _file(out)
    if not place.request.cache or place.findings or file is None:
        return None
    try:
        stamp = msgspec.msgpack.decode(read_file(file), type=BuildStamp)
    except (OSError, CodexError, msgspec.MsgspecError, ValueError, RecursionError):
        return None
    same = stamp.inputs == inputs_digest(place, out, targets) and stamp.output == _output(out, place)
    return stamp if same else None


def record_stamp(place: CodexFolder, built: BuildResult) -> None:
    """Record a build that was just written, if it is still what is on disk and what `place` builds.

    `place` was read after writing, if a file outside the output folder was written. A cache that cannot be written is
    no error.
    """
    out, targets = built.options.out, built.options.targets
    file = _file(out)
    if not place.request.cache or file is None or not _same_inputs(place, built.place):
        return
    warnings = sum(diagnostic.severity == "warning" for diagnostic in built.diagnostics)
    with contextlib.suppress(OSError, CodexError), locked(out, seconds=0):
        _pass_a_tick(out)
        output = _output(out, place)
        if drift(built) or output != _output(out, place):
            return
        stamp = BuildStamp(
            inputs=inputs_digest(place, out, targets), output=output, warnings=warnings, files=len(built.artifacts)
        )
        keep_file(file, msgspec.msgpack.encode(stamp))


def _same_inputs(now: CodexFolder, built: CodexFolder) -> bool:
    """Whether the standards are still those of the build; only the lock of ids may be new."""
    return (
        (now.tree.files, now.config, now.dialects, now.record, now.request)
        == (built.tree.files, built.config, built.dialects, built.record, built.request)
    )  # fmt: skip


def _pass_a_tick(out: Path) -> None:
    """Wait until a later change of a file gets another time, so that the stamp does not hold for it."""
    newest = max((status.st_ctime_ns for _, status in _entries(out)), default=0)
    time.sleep(min(max(newest + _TICK_NS - time.time_ns(), 0), _TICK_NS) / 1e9)


def _file(out: Path) -> Path | None:
    cache = cache_folder()
    return None if cache is None else cache / f"built-{key(str(real_path(out)))[:16]}.msgpack"


def _output(out: Path, place: CodexFolder) -> str:
    """A digest of names, sizes and times in the output folder and of the files outside it; no contents."""
    outside = [place.lock_path, out.parent / ".claude-plugin" / "marketplace.json"]
    facts = [_facts(str(path), path.lstat()) if path.is_file() else f"no {path}" for path in outside]
    facts += sorted(_facts(path, status) for path, status in _entries(out))
    return key(*facts)


def _entries(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the path and the status of all files below a folder; none if it does not exist."""
    for name in files_below(folder):
        path = os.path.join(folder, name)
        yield path, os.lstat(path)


def _facts(path: str, status: os.stat_result) -> str:
    """Values that change with the content: unlike other times, that of the inode cannot be set back."""
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{path} {status.st_ino} {status.st_size} {times} {status.st_mode}"
