"""Bare repositories in a folder, with their merge requests in a file beside each: for demos, tests, offline fleets.

`<root>/<path>.git` is the repository of `<path>`, `<root>/<path>.requests.json` its merge requests. Objects are read
and written in this process by dulwich, refs are moved by compare-and-swap.
"""

import json
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dulwich.diff_tree import tree_changes
from dulwich.errors import NotGitRepository
from dulwich.file import FileLocked
from dulwich.graph import can_fast_forward
from dulwich.object_store import MemoryObjectStore, OverlayObjectStore, commit_tree_changes, iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from codex.forge.packing import Packer
from codex.forge.port import GoneError, Head, Probe, RacedError, Write
from codex.profile.model import Entry, Listing
from codex.shell.replace import write_file
from codex.sync.fleet import Past, Request, Target, Tip
from codex.sync.request import Letter
from codex.sync.seal import trailers
from skills_build.emit.json_out import dumps
from skills_build.errors import CodexError

_AUTHOR: Final = b"codexc <codexc@localhost>"


class Local:
    """A folder of bare repositories."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        if not root.is_dir():
            raise CodexError(f"`{root}` is not a folder", hint="name the folder of the bare repositories")
        self._root = root
        self._clock = clock
        self._git = 0
        self._writes = 0
        self._packer = Packer()
        self._last = threading.local()

    def whoami(self) -> str:
        """Nobody in particular."""
        return "codexc"

    def usage(self) -> Mapping[str, int]:
        """Repositories that were opened, and writes."""
        return {"requests": 0, "writes": self._writes, "bytes": 0, "git": self._git}

    def heads(self, targets: Sequence[Target], branch: str) -> Iterator[Head | tuple[Target, CodexError]]:
        """Yield what each repository looks like."""
        for target in targets:
            try:
                yield self._head(target, branch)
            except CodexError as error:
                yield target, error

    def _head(self, target: Target, branch: str) -> Head:
        with self._open(target) as repo:
            default = target.default_branch or _default(repo)
            base = _ref(repo, default) if default else None
            named = replace(target, default_branch=default)
            ours = _ref(repo, branch)
            tip = _tip(repo, ours, base) if ours and base else None
            clean = tip is None or base is None or not _clashes(repo, tip, base)
        requests = self._requests(target)
        mine = [one for one in requests if one["branch"] == branch]
        request = next((_request(one, mergeable=clean) for one in mine if one["state"] == "open"), None)
        ended = [one for one in mine if one["state"] != "open"]
        return Head(
            target=named,
            base=base.decode() if base else None,
            tip=tip,
            request=request,
            past=_past(ended[-1]) if ended else None,
        )

    def listing(self, target: Target, commit: str) -> Listing:
        """The files of a commit, without sizes."""
        with self._open(target) as repo:
            tree = _commit(repo, commit).tree
            found = {}
            for one in iter_tree_contents(repo.object_store, tree):
                path = one.path.decode("utf-8", "surrogateescape")
                if path.isprintable():
                    found[path] = Entry(mode=one.mode, blob=one.sha.decode())
            return found

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files of a commit."""
        with self._open(target) as repo:
            tree = repo.object_store[_commit(repo, commit).tree]
            found: dict[str, bytes] = {}
            for path in paths:
                try:
                    _, blob = tree.lookup_path(repo.object_store.__getitem__, path.encode())  # type: ignore[attr-defined]
                    one = repo.object_store[blob]
                except (KeyError, NotGitRepository, ValueError, AttributeError):
                    continue
                if isinstance(one, Blob):
                    found[path] = one.data
            return found

    def commit(
        self, target: Target, branch: str, parent: str, files: Sequence[Write], message: str, *, expected: str | None
    ) -> str:
        """Make `branch` a commit on top of `parent`."""
        with self._open(target) as repo:
            ref = _name(branch)
            with _alone(target, branch):
                made, new = _made(repo, parent, files, message, int(self._clock()))
                self._packer.write(Path(repo.controldir()) / "objects" / "pack", (new[one] for one in new))
                if expected is None:
                    moved = repo.refs.add_if_new(ref, made)
                else:
                    moved = repo.refs.set_if_equals(ref, _id(expected), made)
                if not moved:
                    raise _raced(target, branch)
            self._writes += 1
            return made.decode()

    def propose(self, target: Target, branch: str, letter: Letter, *, draft: bool) -> Request:
        """Open a request, or return the one that is open already."""
        with self._exclusive(target):
            requests = self._requests(target)
            for one in requests:
                if one["branch"] == branch and one["state"] == "open":
                    return _request(one)
            new = {
                "repository": target.path,
                "number": max((one["number"] for one in requests), default=0) + 1,
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

    def auto_merge(self, target: Target, request: Request, *, expected: str) -> str:
        """Note that a request may be merged; nobody does it here but people."""
        with self._open(target) as repo:
            if _ref(repo, self._branch_of(target, request)) != _id(expected):
                return "its branch has moved"
        self._change(target, request.number, lambda one: one.__setitem__("auto_merge", True))
        return ""

    def _branch_of(self, target: Target, request: Request) -> str:
        return next(str(one["branch"]) for one in self._requests(target) if one["number"] == request.number)

    def revise(self, target: Target, request: Request, letter: Letter) -> None:
        """Bring body, title, labels and reviewers up to date."""

        def change(one: dict[str, Any]) -> None:
            one["title"], one["body"] = letter.title, letter.body
            one["labels"] = sorted({*one["labels"], *letter.labels})
            one["reviewers"] = sorted({*one["reviewers"], *letter.reviewers})

        self._change(target, request.number, change)

    def annotate(self, target: Target, request: Request, note: str) -> None:
        """Write our note, or change it."""
        if next((one["notes"] for one in self._requests(target) if one["number"] == request.number), []) != [note]:
            self._change(target, request.number, lambda one: one.__setitem__("notes", [note]))

    def withdraw(self, target: Target, request: Request) -> None:
        """Close a request."""
        self._change(target, request.number, lambda one: one.__setitem__("state", "closed"))

    def delete_branch(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete our branch."""
        with self._open(target) as repo:
            with _alone(target, branch):
                if not repo.refs.remove_if_equals(_name(branch), _id(expected)):
                    raise _raced(target, branch)
            self._writes += 1

    def probe(self) -> Iterator[Probe]:
        """The folder."""
        yield Probe(name="host", ok=True, found=f"`{self._root}`")
        may = os.access(self._root, os.W_OK)
        yield Probe(name="token", ok=may, found="may write" if may else "may not write here")

    @contextmanager
    def _open(self, target: Target) -> Iterator[Repo]:
        """The repository; a worker keeps the last one open, for it asks several things of each."""
        path = str(self._root / f"{target.path}.git")
        self._git += 1
        last: _Opened | None = getattr(self._last, "opened", None)
        if last is None or last.path != path:
            try:
                self._last.opened = last = _Opened(path)
            except NotGitRepository as error:
                raise GoneError(f"there is no repository `{path}`", hint="does the catalog still name it?") from error
        yield last.repo

    def _file(self, target: Target) -> Path:
        return self._root / f"{target.path}.requests.json"

    def _requests(self, target: Target) -> list[dict[str, Any]]:
        path = self._file(target)
        try:
            found: list[dict[str, Any]] = json.loads(path.read_bytes())["requests"] if path.is_file() else []
        except (ValueError, LookupError, TypeError) as error:
            raise CodexError(f"`{path}` is damaged", hint="restore or remove it") from error
        return found

    def _save(self, target: Target, requests: Sequence[Mapping[str, Any]]) -> None:
        write_file(self._file(target), dumps({"requests": list(requests)}, depth=3))
        self._writes += 1

    def _change(self, target: Target, number: int, change: Callable[[dict[str, Any]], None]) -> None:
        with self._exclusive(target):
            requests = self._requests(target)
            for one in requests:
                if one["number"] == number:
                    change(one)
            self._save(target, requests)

    @contextmanager
    def _exclusive(self, target: Target) -> Iterator[None]:
        """Keep other runners from the requests of a repository for a moment."""
        with self._file(target).with_suffix(".lock").open("w") as file:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield


class _Opened:
    """A repository that is closed when nobody has it any more."""

    def __init__(self, path: str) -> None:
        self.path, self.repo = path, Repo(path)

    def __del__(self) -> None:
        if hasattr(self, "repo"):
            self.repo.close()


@contextmanager
def _alone(target: Target, branch: str) -> Iterator[None]:
    """Take what somebody else is writing at this moment, a ref or an object, for a ref that has moved."""
    try:
        yield
    except FileLocked as error:
        raise _raced(target, branch) from error


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


def _commit(repo: Repo, commit: str) -> Commit:
    try:
        found = repo.object_store[_id(commit)]
    except KeyError as error:
        raise GoneError(f"there is no commit {commit}") from error
    if not isinstance(found, Commit):
        raise GoneError(f"{commit} is no commit")
    return found


def _tip(repo: Repo, ours: ObjectID, base: ObjectID) -> Tip:
    """Our branch's last commit; a merge of the base into our commit counts as our commit on top of that base."""
    last = _commit(repo, ours.decode())
    message, parents = last.message, list(last.parents)
    if len(parents) == 2 and _on(repo, parents[1], base):
        first = _commit(repo, parents[0].decode())
        if trailers(first.message.decode("utf-8", "replace")) is not None:
            message, parents = first.message, parents[1:]
    parent = parents[0] if len(parents) == 1 else None
    changed: dict[str, str | None] = {}
    if parent is not None:
        before = _commit(repo, parent.decode()).tree
        for one in tree_changes(repo.object_store, before, last.tree):
            for side, gone in ((one.old, True), (one.new, False)):
                if side is not None and side.path is not None:
                    path = side.path.decode("utf-8", "surrogateescape")
                    changed[path] = None if gone else side.sha.decode() if side.sha else None
    return Tip(
        commit=ours.decode(),
        parent=parent.decode() if parent else None,
        message=message.decode("utf-8", "replace"),
        changed=changed,
        on_base=parent is not None and _on(repo, parent, base),
    )


def _on(repo: Repo, commit: ObjectID, base: ObjectID) -> bool:
    return commit == base or can_fast_forward(repo, commit, base)


def _made(
    repo: Repo, parent: str, files: Sequence[Write], message: str, when: int
) -> tuple[ObjectID, MemoryObjectStore]:
    """A commit on top of `parent`, and the objects that the repository lacks for it."""
    new = MemoryObjectStore()
    changes: list[tuple[bytes, int | None, ObjectID | None]] = []
    for one in files:
        if one.data is None:
            changes.append((one.path.encode(), None, None))
        else:
            blob = Blob.from_string(one.data)
            new.add_object(blob)
            mode = stat.S_IFREG | (0o755 if one.mode & 0o111 else 0o644)
            changes.append((one.path.encode(), mode, blob.id))
    both = OverlayObjectStore([new, repo.object_store], add_store=new)
    commit = Commit()
    commit.tree = commit_tree_changes(both, _commit(repo, parent).tree, changes)
    commit.parents = [_id(parent)]
    commit.author = commit.committer = _AUTHOR
    commit.author_time = commit.commit_time = when
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    new.add_object(commit)
    return commit.id, new


def _clashes(repo: Repo, tip: Tip, base: ObjectID) -> bool:
    """Whether the base has changed a file since that our commit changes too."""
    if tip.parent is None or _id(tip.parent) == base:
        return False
    before, now = _commit(repo, tip.parent).tree, _commit(repo, base.decode()).tree
    moved = {side.path for one in tree_changes(repo.object_store, before, now) for side in (one.old, one.new) if side}
    return any(path.encode() in moved for path in tip.changed)


def _request(one: Mapping[str, Any], *, mergeable: bool = True) -> Request:
    return Request(
        number=one["number"],
        url=f"{one['repository']}!{one['number']}",
        title=one["title"],
        body=one["body"],
        labels=tuple(one["labels"]),
        reviewers=tuple(one["reviewers"]),
        mergeable=mergeable,
        created=one.get("created", ""),
    )


def _past(one: Mapping[str, Any]) -> Past:
    return Past(
        number=one["number"],
        url=f"{one['repository']}!{one['number']}",
        body=one["body"],
        merged=one["state"] == "merged",
        labels=tuple(one["labels"]),
    )
