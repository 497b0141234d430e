"""Bare repositories in a folder, with their merge requests in a file beside each: for demos, tests, offline fleets.

`<root>/<path>.git` is the repository of `<path>`, `<root>/<path>.requests.json` its merge requests. Objects are read
and written in this process by dulwich, refs are moved by compare-and-swap.
"""

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dulwich.errors import NotGitRepository
from dulwich.file import FileLocked
from dulwich.graph import can_fast_forward
from dulwich.object_store import BaseObjectStore
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from codex.forge.base import FileWrite, GoneError, Probe, RacedError, RepositoryHead, branch_name_conflict
from codex.forge.git.inflate import Bounded
from codex.forge.git.objects import changes_in, commit_in, commit_objects, file_in, folder_in, listing_of
from codex.forge.git.packfile import PackWriter
from codex.forge.lazy import LazyTip
from codex.forge.responses import LocalRequests
from codex.http.client import HttpError, decoded
from codex.limits import BYTES_PER_RESPONSE
from codex.profile.model import Listing
from codex.shell.atomic import append_to, write_file
from codex.shell.isolation import LimitError, isolated
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, Target, TreeEntry
from codex.sync.request_text import RequestText
from skills_build.emit.json import dumps
from skills_build.errors import CodexError

_AUTHOR: Final = "codexc <codexc@localhost>"


class LocalForge:
    """A folder of bare repositories."""

    batch: Final = 1

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        if not root.is_dir():
            raise CodexError(f"`{root}` is not a folder", hint="name the folder of the bare repositories")
        self._root = root
        self._clock = clock
        self._git = 0
        self._writes = 0
        self._packer = PackWriter()
        self._last = threading.local()

    def whoami(self) -> str:
        """Nobody in particular."""
        return "codexc"

    def usage(self) -> Mapping[str, int]:
        """Repositories that were opened, and writes."""
        return {"requests": 0, "writes": self._writes, "bytes": 0, "git": self._git}

    def heads(self, targets: Sequence[Target], branch: str) -> Iterator[RepositoryHead | tuple[Target, CodexError]]:
        """Yield what each repository looks like."""
        for target in targets:
            found = isolated(target.path, lambda target=target: self._head(target, branch))  # type: ignore[misc]
            yield (target, found) if isinstance(found, CodexError) else found

    def _head(self, target: Target, branch: str) -> RepositoryHead:
        with self._open(target) as repo:
            default = target.default_branch or _default(repo.git)
            base = _ref(repo.git, default) if default else None
            named = replace(target, default_branch=default)
            ours = _ref(repo.git, branch)
        tip = LazyTip(self, named, ours.decode(), base.decode()) if ours and base else None
        requests = self._requests(target)
        mine = [one for one in requests if one["branch"] == branch]
        opened = next((one for one in mine if one["state"] == "open"), None)
        request = _request(opened, mergeable=not self._clashes(named, tip, base)) if opened else None
        ended = [one for one in mine if one["state"] != "open"]
        return RepositoryHead(
            target=named,
            base=base.decode() if base else None,
            tip=tip,
            request=request,
            past=_past(ended[-1]) if ended else None,
        )

    def _clashes(self, target: Target, tip: BranchTip | None, base: ObjectID | None) -> bool:
        """Whether the base has changed a file since that our commit changes too."""
        if tip is None or base is None or tip.parent is None or tip.parent == base.decode():
            return False
        return not self.changes(target, tip.parent, base.decode()).keys().isdisjoint(tip.changed)

    def commit_of(self, target: Target, commit: str) -> tuple[str, list[str]]:
        """The message and the parents of a commit."""
        with self._open(target) as repo:
            found = commit_in(repo.objects, commit)
            return found.message.decode("utf-8", "replace"), [parent.decode() for parent in found.parents]

    def is_on(self, target: Target, commit: str, base: str) -> bool:
        """Whether a commit is the base, or below it."""
        with self._open(target) as repo:
            return commit == base or can_fast_forward(repo.git, _id(commit), _id(base))

    def changes(self, target: Target, before: str, after: str) -> dict[str, TreeEntry | None]:
        """The paths in which two commits differ, with what the later one has there."""
        with self._open(target) as repo:
            return changes_in(repo.objects, before, after)

    def listing(self, target: Target, commit: str, along: Iterable[str] = ()) -> Listing:
        """The files of a commit, without sizes."""
        with self._open(target) as repo:
            return listing_of(repo.objects, commit)

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files of a commit."""
        with self._open(target) as repo:
            root = commit_in(repo.objects, commit).tree
            found = ((path, _file_at(repo.objects, root, path)) for path in paths)
            return {path: data for path, data in found if data is not None}

    def commit(
        self,
        target: Target,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
    ) -> str:
        """Make `branch` a commit on top of `parent`."""
        with self._open(target) as repo:
            ref = _name(branch)
            with _alone(target, branch):
                new = commit_objects(repo.objects, parent, files, message, author=_AUTHOR, when=int(self._clock()))
                made = ObjectID(new[-1].id)
                self._packer.write(Path(repo.git.controldir()) / "objects" / "pack", new)
                if expected is None:
                    moved = repo.git.refs.add_if_new(ref, made)
                else:
                    moved = repo.git.refs.set_if_equals(ref, _id(expected), made)
                if not moved:
                    below = expected is None and _ref(repo.git, branch) is None
                    raise branch_name_conflict(target, branch) if below else _raced(target, branch)
            self._writes += 1
            return made.decode()

    def open_request(self, target: Target, branch: str, letter: RequestText, *, draft: bool) -> MergeRequest:
        """Open a request, or return the one that is open already."""
        with self._exclusive(target):
            requests = self._requests(target)
            for one in requests:
                if one["branch"] == branch and one["state"] == "open":
                    return _request(one)
            new = {
                "repository": target.path,
                "number": max((request["number"] for request in requests), default=0) + 1,
                "state": "open",
                "branch": branch,
                "title": letter.title,
                "body": letter.body,
                "labels": sorted(letter.labels),
                "reviewers": sorted(letter.reviewers),
                "assignees": sorted(letter.assignees),
                "created": datetime.fromtimestamp(self._clock(), UTC).date().isoformat(),
                "draft": draft,
                "notes": [],
            }
            self._save(target, [*requests, new])
            return _request(new)

    def auto_merge(self, target: Target, request: MergeRequest, *, expected: str) -> str:
        """Note that a request may be merged; nobody does it here but people."""
        with self._open(target) as repo:
            if _ref(repo.git, self._branch_of(target, request)) != _id(expected):
                return "its branch has moved"
        self._change(target, request.number, lambda one: one.__setitem__("auto_merge", True))
        return ""

    def required_approvals(self, target: Target, request: MergeRequest) -> int:
        """How many people must approve: the one who merges, for nothing else does here."""
        return 1

    def _branch_of(self, target: Target, request: MergeRequest) -> str:
        return next(str(one["branch"]) for one in self._requests(target) if one["number"] == request.number)

    def update_request(self, target: Target, request: MergeRequest, letter: RequestText) -> None:
        """Bring body, title, labels and reviewers up to date."""

        def change(one: dict[str, Any]) -> None:
            one["title"], one["body"] = letter.title, letter.body
            one["labels"] = sorted({*one["labels"], *letter.labels})
            one["reviewers"] = sorted({*one["reviewers"], *letter.reviewers})

        self._change(target, request.number, change)

    def comment(self, target: Target, request: MergeRequest, note: str) -> None:
        """Write our note, or change it."""
        if next((one["notes"] for one in self._requests(target) if one["number"] == request.number), []) != [note]:
            self._change(target, request.number, lambda one: one.__setitem__("notes", [note]))

    def close_request(self, target: Target, request: MergeRequest) -> None:
        """Close a request."""
        self._change(target, request.number, lambda one: one.__setitem__("state", "closed"))

    def delete_branch(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete our branch."""
        with self._open(target) as repo:
            with _alone(target, branch):
                if not repo.git.refs.remove_if_equals(_name(branch), _id(expected)):
                    raise _raced(target, branch)
            self._writes += 1

    def probe(self) -> Iterator[Probe]:
        """The folder."""
        yield Probe(name="host", ok=True, found=f"`{self._root}`")
        may = os.access(self._root, os.W_OK)
        yield Probe(name="token", ok=may, found="may write" if may else "may not write here")

    @contextmanager
    def _open(self, target: Target) -> "Iterator[_Opened]":
        """The repository; a worker keeps the last one open, for it asks several things of each."""
        path = str(self._root / f"{target.path}.git")
        self._git += 1
        last: _Opened | None = getattr(self._last, "opened", None)
        if last is None or last.path != path:
            try:
                self._last.opened = last = _Opened(path)
            except NotGitRepository as error:
                raise GoneError(f"there is no repository `{path}`", hint="does the catalog still name it?") from error
            except Exception as error:  # dulwich reads its configuration and raises what it likes
                raise CodexError(f"`{path}` cannot be opened: {str(error)[:200] or type(error).__name__}") from error
        yield last

    def _file(self, target: Target) -> Path:
        return self._root / f"{target.path}.requests.json"

    def _requests(self, target: Target) -> list[dict[str, Any]]:
        path = self._file(target)
        try:
            if not path.is_file():
                return []
            if path.stat().st_size > BYTES_PER_RESPONSE:
                raise LimitError(f"`{path}` has more than {BYTES_PER_RESPONSE:,} bytes", hint="restore or remove it")
            found = decoded(path.read_bytes(), LocalRequests, where=f"`{path}` is damaged")
        except OSError as error:
            raise CodexError(f"`{path}` cannot be read: {error.strerror}") from error
        except HttpError as error:
            raise CodexError(error.message, hint="restore or remove it") from error
        requests: list[dict[str, Any]] = found["requests"]
        return requests

    def _save(self, target: Target, requests: Sequence[Mapping[str, Any]]) -> None:
        write_file(self._file(target), dumps({"requests": list(requests)}, depth=3))
        self._writes += 1

    def _change(self, target: Target, number: int, change: Callable[[dict[str, Any]], None]) -> None:
        with self._exclusive(target):
            requests = self._requests(target)
            for request in requests:
                if request["number"] == number:
                    change(request)
            self._save(target, requests)

    @contextmanager
    def _exclusive(self, target: Target) -> Iterator[None]:
        """Keep other runners from the requests of a repository for a moment."""
        with append_to(self._file(target).with_suffix(".lock")) as file:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield


class _Opened:
    """A repository, and its objects within limits; closed when nobody has it any more."""

    def __init__(self, path: str) -> None:
        self.path, self.git = path, Repo(path)
        self.objects = Bounded(self.git.object_store)
        weakref.finalize(self, self.git.close)
        weakref.finalize(self, self.objects.close)


def _file_at(store: BaseObjectStore, root: ObjectID, path: str) -> bytes | None:
    """The bytes of a file, or where a link leads; None where there is none.

    Raises `DamagedError` where there is one that cannot be read: it must not be taken for one that is absent.
    """
    *folders, name = path.encode("utf-8", "surrogateescape").split(b"/")
    for folder in folders:
        mode, below = _row(store, root, folder)
        if below is None or mode & 0o170000 != 0o040000:
            return None
        root = below
    mode, blob = _row(store, root, name)
    return None if blob is None or mode & 0o170000 in (0o040000, 0o160000) else file_in(store, blob)


def _row(store: BaseObjectStore, folder: ObjectID, name: bytes) -> tuple[int, ObjectID | None]:
    """What a folder says of a name: mode and id; no id where it has no such name."""
    try:
        return folder_in(store, folder)[name]
    except KeyError:
        return 0, None


@contextmanager
def _alone(target: Target, branch: str) -> Iterator[None]:
    """Take what somebody else is writing at this moment, a ref or an object, for a ref that has moved.

    What the disk refuses is the trouble of this repository alone.
    """
    try:
        yield
    except FileLocked as error:
        raise _raced(target, branch) from error
    except NotADirectoryError as error:
        raise branch_name_conflict(target, branch) from error
    except OSError as error:
        raise CodexError(f"`{branch}` of {target.path} cannot be written: {error.strerror}") from error


def _raced(target: Target, branch: str) -> RacedError:
    return RacedError(f"`{branch}` of {target.path} has moved meanwhile", hint="run the sync again")


def _id(commit: str) -> ObjectID:
    return ObjectID(commit.encode())


def _name(branch: str) -> Ref:
    return Ref(f"refs/heads/{branch}".encode())


def _ref(repo: Repo, branch: str) -> ObjectID | None:
    try:
        return repo.refs[_name(branch)]
    except KeyError:
        return None


def _default(repo: Repo) -> str | None:
    """The branch that HEAD names."""
    try:
        chain, _ = repo.refs.follow(Ref(b"HEAD"))
    except KeyError:
        return None
    return chain[-1].decode().removeprefix("refs/heads/") if len(chain) > 1 else None


def _request(one: Mapping[str, Any], *, mergeable: bool = True) -> MergeRequest:
    return MergeRequest(
        number=one["number"],
        url=f"{one['repository']}!{one['number']}",
        title=one["title"],
        body=one["body"],
        labels=tuple(one["labels"]),
        reviewers=tuple(one["reviewers"]),
        mergeable=mergeable,
        created=one.get("created", ""),
    )


def _past(one: Mapping[str, Any]) -> ClosedRequest:
    return ClosedRequest(
        number=one["number"],
        url=f"{one['repository']}!{one['number']}",
        body=one["body"],
        merged=one["state"] == "merged",
        labels=tuple(one["labels"]),
    )
