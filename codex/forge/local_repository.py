"""Opens a bare repository on disk and reads its refs. Whatever is wrong with its files is an error of this repository.

dulwich follows `[include]` in a configuration to any file and quotes it in errors; here it follows none. Pipes and
devices are refused before dulwich opens them. So are links that would lead a write out of the repository.
"""

import io
import os
import re
import time
import traceback
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from dulwich.config import ConfigFile
from dulwich.errors import NotGitRepository
from dulwich.file import _GitFile
from dulwich.object_store import BaseObjectStore
from dulwich.objects import ObjectID
from dulwich.refs import HEADREF, SYMREF, DiskRefsContainer, Ref, check_ref_format
from dulwich.repo import Repo

from codex.forge.base import GoneError, RacedError
from codex.forge.git.disk_store import DiskStore
from codex.forge.git.folders import folder_in
from codex.forge.git.objects import file_in
from codex.limits import BYTES_PER_BLOB, BYTES_PER_PATH, BYTES_PER_REFS, PACKS_PER_REPOSITORY
from codex.shell.git_folder import check_git_folder
from codex.shell.reading import must_be_regular, must_be_small, read_file
from codex.sync.repository import Repository
from skills_build.errors import CodexError

LOCK_SECONDS: Final = 60.0
"""Seconds after which the lock of a ref is treated as left over."""
_COMMIT: Final = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_HINT: Final = "run `git fsck` in the repository"
_READ_WHOLE: Final = ("packed-refs", "shallow", "info/grafts", "objects/info/alternates", "objects/info/commit-graph")
"""What dulwich reads whole: https://git-scm.com/docs/gitrepository-layout."""


class _Refs(DiskRefsContainer):
    """Refs that are regular files with the name of a ref, also those that another ref leads to."""

    def read_loose_ref(self, name: Ref) -> bytes | None:
        if name != HEADREF and not check_ref_format(name):
            raise CodexError("a symbolic ref points to a ref that does not exist", hint=_HINT)
        path = os.fsdecode(self.refpath(name))
        if os.path.isdir(path):  # branches with this name as their folder
            return None
        must_be_regular(path)
        must_be_small(path, BYTES_PER_PATH)
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
            _check_files(path)
            self.path, self.git = path, _Repository(path)
        except NotGitRepository as error:
            hint = "check the path in the catalog, and `forge.root`"
            raise GoneError(f"repository `{path}` does not exist", hint=hint) from error
        except CodexError:
            raise
        except OSError as error:
            raise CodexError(f"`{path}` cannot be opened: {error.strerror or error}", hint=_HINT) from error
        except Exception as error:  # dulwich raises any exception for a bad configuration
            raise CodexError(f"`{path}` cannot be opened: its configuration is invalid", hint=_HINT) from error
        self.objects = DiskStore(self.git.object_store)
        weakref.finalize(self, self.git.close)
        weakref.finalize(self, self.objects.close)

    @property
    def shallow(self) -> frozenset[ObjectID]:
        """The commits whose parents are left out on purpose (https://git-scm.com/docs/shallow)."""
        with self._ref_errors():
            return frozenset(self.git.get_shallow())

    @property
    def denies_force(self) -> bool:
        """Whether branches can only be moved forward: https://git-scm.com/docs/git-config (`receive`)."""
        return bool(self.git.get_config().get_boolean((b"receive",), b"denyNonFastForwards", False))

    def ref(self, branch: str) -> ObjectID | None:
        """The commit of a branch; None if there is no such branch."""
        with self._ref_errors():
            try:
                commit = self.git.refs[ref_name(branch)]
            except KeyError:
                return None
            if not _COMMIT.fullmatch(commit):
                raise CodexError(f"the value of `{branch}` in `{self.path}` is not a commit id", hint=_HINT)
            return commit

    def direct_ref(self, branch: str) -> ObjectID | None:
        """The commit of a branch that may be written. Raises `CodexError` for a symbolic ref."""
        with self._ref_errors():
            content = self.git.refs.read_loose_ref(ref_name(branch))
        if content is not None and content.startswith(SYMREF):
            hint = f"remove it: `git symbolic-ref --delete refs/heads/{branch}`"
            raise CodexError(f"`{branch}` in `{self.path}` is a symbolic ref to another branch", hint=hint)
        return self.ref(branch)

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
            raise CodexError(f"the refs of `{self.path}` are invalid", hint=_HINT) from error


def _check_files(path: str) -> None:
    """Refuse what dulwich would wait for, and what leads out of the repository."""
    git = os.path.join(path, ".git")
    if os.path.lexists(git):  # not bare
        if os.path.islink(git) or not os.path.isdir(git):
            raise CodexError(f"`{git}` points to another repository", hint="add that repository to the catalog instead")
        path = git
    if os.path.lexists(os.path.join(path, "commondir")):
        raise CodexError(f"`{path}` is a linked worktree", hint="add the main repository to the catalog instead")
    check_git_folder(path, is_written=True)
    for name in _READ_WHOLE:
        must_be_small(os.path.join(path, name), BYTES_PER_REFS)
    if sum(1 for _ in Path(path, "objects", "pack").glob("*.pack")) > PACKS_PER_REPOSITORY:
        raise CodexError(f"`{path}` has more than {PACKS_PER_REPOSITORY:,} packs", hint="run `git gc` there")


def ref_name(branch: str) -> Ref:
    """The full name of the ref of a branch."""
    return Ref(f"refs/heads/{branch}".encode())


def file_at(store: BaseObjectStore, root: ObjectID, path: str) -> bytes | None:
    """The bytes of a file, or the target of a link; None where there is none.

    Raises `DamagedError` for one that cannot be read: it must not be mistaken for one that is absent.
    """
    *folders, name = path.encode("utf-8", "surrogateescape").split(b"/")
    for folder in folders:
        mode, subfolder = _entry(store, root, folder)
        if subfolder is None or mode & 0o170000 != 0o040000:
            return None
        root = subfolder
    mode, blob = _entry(store, root, name)
    return None if blob is None or mode & 0o170000 in (0o040000, 0o160000) else file_in(store, blob)


def _entry(store: BaseObjectStore, folder: ObjectID, name: bytes) -> tuple[int, ObjectID | None]:
    """The entry of a name in a folder: mode and id; no id where there is none."""
    return folder_in(store, folder).get(name, (0, None))


def stale_lock(lock: str) -> CodexError | None:
    """The error of a lock that is left over from a process that was killed; None for one in use.

    A ref is locked for milliseconds, and whoever is stopped for longer would write what others have replaced.
    """
    try:
        age = abs(time.time() - os.lstat(lock).st_mtime)
    except OSError:  # it has been released
        return None
    if age < LOCK_SECONDS:
        return None
    return CodexError(
        f"`{lock}` is left over from an interrupted process ({age / 60:,.0f} minutes old)",
        hint="remove the lock file, then run the command again",
    )


def locked_branch(target: Repository, branch: str, lock: str) -> RacedError:
    """The error of a lock that is in use, or left over from a process that was killed just now."""
    return RacedError(
        f"branch `{branch}` of {target.path} is locked: another run is writing it, or was just interrupted (`{lock}`)",
        hint="run the sync again in a minute",
    )


def release_locks(error: OSError) -> None:
    """Release the locks of refs that dulwich holds where it raised an error.

    On a full disk, it fails to write the lock, and then to discard it, because that would write what is left: the
    first attempt drops the rest, the second one removes the file.
    """
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    held = [value for frame in frames for value in frame.f_locals.values() if isinstance(value, _GitFile)]
    for lock in held:
        for _ in range(2):
            with suppress(OSError):
                lock.abort()
