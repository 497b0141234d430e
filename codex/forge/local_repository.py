"""Opens a bare repository on disk and reads its refs. Whatever is wrong with its files is an error of this repository.

dulwich follows `[include]` in a configuration to any file and quotes it in errors; here it follows none. Pipes and
devices are refused before dulwich opens them.
"""

import io
import os
import re
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dulwich.config import ConfigFile
from dulwich.errors import NotGitRepository
from dulwich.objects import ObjectID
from dulwich.refs import DiskRefsContainer, Ref
from dulwich.repo import Repo

from codex.forge.base import GoneError
from codex.forge.git.inflate import Bounded
from codex.limits import BYTES_PER_BLOB
from codex.shell.reading import must_be_regular, read_file
from skills_build.errors import CodexError

_FILES: Final = ("HEAD", "commondir", "packed-refs", "shallow", "objects/info/alternates", "objects/info/commit-graph")
_COMMIT: Final = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_HINT: Final = "run `git fsck` in it"


class _Refs(DiskRefsContainer):
    """Refs that are regular files, also those that another ref leads to."""

    def read_loose_ref(self, name: Ref) -> bytes | None:
        path = os.fsdecode(self.refpath(name))
        if os.path.isdir(path):  # branches with this name as their folder
            return None
        must_be_regular(path)
        return super().read_loose_ref(name)


class _Repository(Repo):
    """A repository whose configuration includes no other file."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.refs = _Refs(self.commondir(), self.controldir())

    def get_config(self) -> ConfigFile:
        path = os.path.join(self.commondir(), "config")
        try:
            data = read_file(path, max_bytes=BYTES_PER_BLOB)
        except FileNotFoundError:
            data = b""
        config = ConfigFile.from_file(io.BytesIO(data), expand_includes=False)
        config.path = path
        return config


class OpenedRepository:
    """A repository, and its objects within limits; closed when nothing refers to it any more."""

    def __init__(self, path: str) -> None:
        """Open a repository. Raises `CodexError`, without any content, if it cannot be opened."""
        try:
            for name in _FILES:
                must_be_regular(os.path.join(path, name))
            self.path, self.git = path, _Repository(path)
            for pack in Path(path, "objects", "pack").glob("*"):
                must_be_regular(pack)
        except NotGitRepository as error:
            hint = "check the path in the catalog, and `forge.root`"
            raise GoneError(f"repository `{path}` does not exist", hint=hint) from error
        except CodexError:
            raise
        except OSError as error:
            raise CodexError(f"`{path}` cannot be opened: {error.strerror or error}", hint=_HINT) from error
        except Exception as error:  # dulwich raises any exception for a bad configuration
            raise CodexError(f"`{path}` cannot be opened: its configuration is damaged", hint=_HINT) from error
        self.objects = Bounded(self.git.object_store)
        weakref.finalize(self, self.git.close)
        weakref.finalize(self, self.objects.close)

    def ref(self, branch: str) -> ObjectID | None:
        """The commit of a branch; None if there is no such branch."""
        with self._ref_errors():
            try:
                commit = self.git.refs[ref_name(branch)]
            except KeyError:
                return None
            if not _COMMIT.fullmatch(commit):
                raise CodexError(f"`{branch}` of `{self.path}` is not a commit id", hint=_HINT)
            return commit

    def has_name_conflict(self, branch: str) -> bool:
        """Whether a branch cannot be created: one is named like a folder of its name, or its name is such a folder."""
        with self._ref_errors():
            names = {ref.decode("utf-8", "replace") for ref in self.git.refs.keys(base=Ref(b"refs/heads"))}
        folders = {branch[:at] for at, character in enumerate(branch) if character == "/"}
        return not names.isdisjoint(folders) or any(name.startswith(f"{branch}/") for name in names)

    def default_branch(self) -> str | None:
        """The branch to which HEAD points."""
        with self._ref_errors():
            try:
                chain, _ = self.git.refs.follow(Ref(b"HEAD"))
            except KeyError:
                return None
            return chain[-1].decode().removeprefix("refs/heads/") if len(chain) > 1 else None

    @contextmanager
    def _ref_errors(self) -> Iterator[None]:
        """Raise whatever dulwich makes of damaged refs as one error, without their content."""
        try:
            yield
        except CodexError:
            raise
        except OSError as error:
            raise CodexError(f"a ref of `{self.path}` cannot be read: {error.strerror or error}", hint=_HINT) from error
        except Exception as error:
            raise CodexError(f"the refs of `{self.path}` are damaged", hint=_HINT) from error


def ref_name(branch: str) -> Ref:
    """The full name of the ref of a branch."""
    return Ref(f"refs/heads/{branch}".encode())
