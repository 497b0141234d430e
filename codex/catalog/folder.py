"""A folder of bare git repositories, at any depth: `group/name.git` is the repository `group/name`."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex.sync.fleet import Target
from skills_build.errors import CodexError


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The folder."""

    root: Path

    def targets(self) -> Iterator[Target]:
        """Yield the repositories in order of their paths."""
        if not self.root.is_dir():
            raise CodexError(f"`{self.root}` is not a folder", hint="name the folder of the repositories")
        for path in sorted(_repositories(self.root)):
            yield Target(id=path, path=path)


def _repositories(root: Path) -> Iterator[str]:
    for folder, names, _ in os.walk(root):
        for name in list(names):
            if name.endswith(".git"):
                names.remove(name)
                if (Path(folder) / name / "HEAD").is_file():
                    yield (Path(folder) / name).relative_to(root).as_posix().removesuffix(".git")
