"""Finds files in an output directory that codexc did not write: replacing the directory would delete them.

The manifest in the directory lists what an earlier run wrote. It may have conflict markers of git.
"""

import re
import stat
from collections.abc import Iterable, Iterator, Set
from typing import Any, Final

from codex.limits import BYTES_PER_RESPONSE
from codex.shell.atomic import STAGING
from codex.shell.directory import Directory
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.release.bundle import MANIFEST, PROVENANCE, SIGNATURES

_SCHEMA: Final = b'"urn:codexc:schema:manifest:'
"""A directory whose manifest has this schema was written by codexc; other programs also use this file name."""
_OF_SYSTEMS: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that file managers leave in each directory that they show."""
_BESIDE: Final = frozenset({MANIFEST, *(name + end for name in (MANIFEST, PROVENANCE) for end in ("", *SIGNATURES))})
_FILE_LINE: Final = re.compile(r'"(?P<path>[^"\\]+)": "0[0-7]{3}",?')
_SHOWN: Final = 3


class ForeignFilesError(CodexError):
    """An output directory with files that codexc did not write. `paths` are relative; directories end in a slash."""

    def __init__(self, folder: object, paths: tuple[str, ...] = ()) -> None:
        names = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
        more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
        message = f"`{folder}` contains files not written by codexc"
        hint = "move the files elsewhere, then run the command again"
        super().__init__(f"{message}: {names}{more}" if paths else message, hint=hint)
        self.paths = paths


def refuse_foreign_files(directory: Directory, folder: object, written: Iterable[str]) -> None:
    """Raise `ForeignFilesError` if neither the manifest of a directory lists its files, nor are they `written` now."""
    if not directory.names():
        return
    manifest = _manifest(directory)
    if _SCHEMA not in manifest[:4096]:
        raise ForeignFilesError(folder)
    known = {*_listed(manifest), *_BESIDE, *written}
    foreign = tuple(_foreign(directory, "", known, {path[: m.end()] for path in known for m in re.finditer("/", path)}))
    if foreign:
        raise ForeignFilesError(folder, foreign)


def _manifest(directory: Directory) -> bytes:
    status = directory.lstat(MANIFEST)
    if status is None or not stat.S_ISREG(status.st_mode):
        return b""
    with directory.read(MANIFEST) as file:
        return file.read(BYTES_PER_RESPONSE)


def _listed(manifest: bytes) -> Iterator[str]:
    """Yield the paths that a manifest lists: of a build, of a release, or with conflict markers those of both sides."""
    try:
        data: Any = parse_json(manifest)
        release = data.get("release") if isinstance(data, dict) else None
        parts = [data.get("files"), release.get("files") if isinstance(release, dict) else None]
    except (ValueError, AttributeError, RecursionError):
        lines = manifest.decode("utf-8", "replace").splitlines()
        yield from (row["path"] for line in lines if (row := _FILE_LINE.fullmatch(line.strip())))
        return
    yield from (path for part in parts if isinstance(part, dict) for path in part)


def _foreign(directory: Directory, at: str, known: Set[str], folders: Set[str]) -> Iterator[str]:
    """Yield what is not known, in order of the paths; an unknown directory as one, unless it is empty."""
    for name in directory.names():
        path = f"{at}{name}"
        status = directory.lstat(name)
        if status is None or name in _OF_SYSTEMS or STAGING.fullmatch(name):
            continue
        if not stat.S_ISDIR(status.st_mode):
            if path not in known:
                yield path
            continue
        with directory.child(name) as child:
            if f"{path}/" in folders:
                yield from _foreign(child, f"{path}/", known, folders)
            elif child.names():
                yield f"{path}/"
