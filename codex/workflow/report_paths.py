"""The paths that reports show: from the working directory for people, from the root of the repository for machines."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from codex.shell.reading import real_path
from skills_build.errors import CodexError

_PLACED: Final = re.compile(r"(?P<path>.+?):\d+(?::\d+)?")
"""A path with line and column, as reports print it."""
STANDARDS: Final = "standards"
"""The standards folder in a new codex."""


def from_working_directory(root: Path) -> Callable[[str], str]:
    """Return a function that gives a path inside `root` as it is from the working directory."""
    return _from(root, Path.cwd())


def from_repository(root: Path) -> Callable[[str], str]:
    """Return a function that gives a path inside `root` as it is from the root of its repository.

    Without a repository, that is the working directory, in which a CI job runs.
    """
    return _from(root, repository_around(root) or Path.cwd())


def folder_in_repository(root: Path) -> str:
    """Return where the folder of a codex is in its repository, with a slash at the end; empty at its top.

    Without a repository, a folder called `standards` is part of the paths, as in a new codex.
    """
    top = repository_around(root)
    if top is None:
        return f"{STANDARDS}/" if real_path(root).name == STANDARDS else ""
    inside = real_path(root).relative_to(real_path(top)).as_posix()
    return "" if inside == "." else f"{inside}/"


def repository_around(folder: Path) -> Path | None:
    """Return the root of the git repository around a folder, without opening it."""
    here = real_path(folder)
    return next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), None)


def working_tree_root(folder: Path | None) -> Path:
    """Return `folder`, or the top of the repository around the working directory."""
    root = (repository_around(Path()) or Path()) if folder is None else folder
    if not root.is_dir():
        raise CodexError(f"`{root}` is not a folder", hint="pass the directory of a repository with `--into`")
    return root


def _from(root: Path, base: Path) -> Callable[[str], str]:
    try:
        prefix = Path(os.path.relpath(real_path(root), real_path(base))).as_posix()
    except ValueError:
        prefix = real_path(root).as_posix()
    return (
        (lambda path: path) if prefix == "." else (lambda path: os.path.normpath(f"{prefix}/{path}").replace("\\", "/"))
    )


def named_file(file: Path, root: Path) -> Path:
    """Return the file that an argument names: as it is, or as a report prints it.

    A report may print it from the root of the repository or of the codex, with a line and a column at its end.
    """
    match = _PLACED.fullmatch(str(file))
    bases = (Path(), repository_around(root) or Path(), root)
    for name in (file, Path(match["path"])) if match else (file,):
        for base in bases:
            if (base / name).exists():
                return base / name
    return file
