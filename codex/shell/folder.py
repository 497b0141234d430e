"""Reads all files of a directory with their modes. The directory must contain only regular files."""

import stat
from pathlib import Path

from codex.shell.reading import read_file
from codex.shell.walking import files_below
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact


def read_folder(root: Path, *, most: int) -> tuple[Artifact, ...]:
    """Return all files below `root`, sorted by path. Raises `CodexError` for links, devices or over `most` bytes."""
    files: list[Artifact] = []
    bytes_left = most
    for name in files_below(root):
        path = root / name
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise CodexError(
                f"`{root}/{name}` is a link or not a regular file", hint="bundles contain only regular files"
            )
        bytes_left -= status.st_size
        if bytes_left < 0:
            raise CodexError(f"`{root}` contains more than {most:,} bytes", hint="pass the directory of a bundle")
        mode = 0o755 if status.st_mode & 0o111 else 0o644
        files.append(Artifact(path=name, data=read_file(path), mode=mode))
    return tuple(sorted(files, key=lambda file: file.path))
