"""Reads a folder of standards as `{path: bytes}`. Follows no link out of the folder and reads only files."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.errors import CodexError

SKIPPED: Final = frozenset({"node_modules", "__pycache__"})
MAX_FILES: Final = 200_000
MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A folder as read: the bytes of wanted files, the paths of all, and what could not be read."""

    files: Mapping[str, bytes]
    names: frozenset[str]
    findings: tuple[Finding, ...]


def read_tree(root: Path, wanted: Callable[[str], bool], *, limit: int) -> Tree:
    """Read every wanted file below `root`; of a file over `limit` bytes only one byte more than that."""
    if not root.is_dir():
        raise CodexError(f"`{root}` is not a folder", hint="name the folder of the standards with `--root`")
    files: dict[str, bytes] = {}
    names: set[str] = set()
    findings: list[Finding] = []
    for path, entry in _walk(root, "", 0):
        if len(names) >= MAX_FILES:
            raise CodexError(
                f"more than {MAX_FILES:,} files below `{root}`", hint="name a smaller folder with `--root`"
            )
        names.add(path)
        if not wanted(path):
            continue
        try:
            content = _content(root, entry, limit)
        except OSError as error:
            findings.append(Finding(code="CX409", message=f"cannot be read: {error.strerror or error}", path=path))
            continue
        if content is None:
            message = "is a symbolic link that leaves the codex, or no regular file"
            findings.append(Finding(code="CX409", message=message, path=path, help="put the file itself here"))
        else:
            files[path] = content
    return Tree(files=files, names=frozenset(names), findings=tuple(findings))


def _walk(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Yield files in order of their names; folders that are links are not entered, so loops end."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in SKIPPED:
            continue
        path = f"{prefix}{_printable(entry.name)}"
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH and not _is_output(entry.path):
                yield from _walk(Path(entry.path), f"{path}/", depth + 1)
        else:
            yield path, entry


def _is_output(folder: str) -> bool:
    """Whether a folder is one that codexc made: what it holds is not read as standards again."""
    return all(os.path.isfile(os.path.join(folder, name)) for name in ("manifest.json", "statements.json"))


def _printable(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _content(root: Path, entry: "os.DirEntry[str]", limit: int) -> bytes | None:
    """The bytes of a regular file; None for anything else, and for a link whose target lies outside `root`."""
    path = Path(entry.path)
    if entry.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return None
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as file:
        return file.read(limit + 1)
