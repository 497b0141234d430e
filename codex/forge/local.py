"""Bare repositories in a folder, with their merge requests in a file next to each: for demos, tests, offline fleets.

`<root>/<path>.git` is the repository of `<path>`, `<root>/<path>.requests.json` its merge requests. Objects are read
and written in this process by dulwich, refs are moved by compare and swap.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dulwich.file import FileLocked
from dulwich.objects import ObjectID

from codex.forge.base import (
    NOTE,
    FileWrite,
    ForceRefusedError,
    HeadOrError,
    Probe,
    RepositoryHead,
    branch_moved,
    branch_name_conflict,
)
from codex.forge.git.cache import is_blob
from codex.forge.git.objects import (
    Sign,
    author_of_change,
    changes_in,
    commit_in,
    commit_objects,
    file_in,
    is_ancestor,
    listing_of,
)
from codex.forge.git.packfile import PackWriter
from codex.forge.lazy import LazyTip
from codex.forge.local_repository import OpenedRepository, file_at, locked_branch, ref_name, release_locks, stale_lock
from codex.forge.local_requests import (
    change_request,
    closed_request,
    exclusive,
    open_request,
    read_requests,
    write_requests,
)
from codex.forge.repository_settings import RepositorySettings
from codex.forge.threads import ReviewHost, no_reviews
from codex.profile.model import Listing
from codex.shell.isolation import isolated
from codex.shell.listing import ListedRepository
from codex.sync.observed import BranchTip, MergeRequest, TreeEntry
from codex.sync.policy import Forking, Forks
from codex.sync.repository import Repository
from codex.sync.request_body import mark_of
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError

_AUTHOR: Final = "codexc <codexc@localhost>"


class LocalForge:
    """A folder of bare repositories."""

    batch: Final = 1
    requests_owners: bool = False

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time, sign: Sign | None = None) -> None:
        if not root.is_dir():
            hint = "set `forge.root` to the folder of the bare repositories"
            raise CodexError(f"`{root}` is not a folder", hint=hint)
        self._root = root
        self._clock = clock
        self._sign = sign
        self._git = 0
        self._writes = 0
        self._packer = PackWriter()
        self._last = threading.local()

    def use_forks(self, forks: Forks) -> None:
        """Do nothing: a folder has no rights, so that no fork is needed. Raises `CodexError` for `always`."""
        if forks.when is Forking.ALWAYS:
            raise CodexError(
                "local repositories have no forks", hint="leave out `sync.fork`, or set it to `when-needed`"
            )

    def whoami(self) -> str:
        """Return a fixed name: a folder has no accounts."""
        return "codexc"

    def usage(self) -> Mapping[str, int]:
        """Return the number of writes, and of times a repository was opened."""
        return {"requests": 0, "writes": self._writes, "bytes": 0, "git": self._git}

    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it."""
        for target in targets:
            head = isolated(target.path, lambda target=target: self._head(target, branch))  # type: ignore[misc]
            yield (target, head) if isinstance(head, CodexError) else head

    def written_heads(self, targets: Sequence[Repository], branch: str) -> Iterator[HeadOrError]:
        """Yield the heads of repositories that this run has written."""
        return self.heads(targets, branch)

    def _head(self, target: Repository, branch: str) -> RepositoryHead:
        with self._open(target) as repo:
            default = target.default_branch or repo.default_branch()
            base = repo.ref(default) if default else None
            updated = replace(target, default_branch=default)
            commit = repo.direct_ref(branch)
            if commit is None and repo.has_name_conflict(branch):
                raise branch_name_conflict(target, branch)
        tip = LazyTip(self, updated, commit.decode(), base.decode()) if commit and base else None
        ours = [row for row in read_requests(self._file(target)) if row["branch"] == branch]
        opened = next((row for row in ours if row["state"] == "open"), None)
        request = open_request(opened, mergeable=not self._conflicts(updated, tip, base)) if opened else None
        ended = [row for row in ours if row["state"] != "open"]
        return RepositoryHead(
            target=updated,
            base=base.decode() if base else None,
            tip=tip,
            request=request,
            past=closed_request(ended[-1]) if ended else None,
        )

    def _conflicts(self, target: Repository, tip: BranchTip | None, base: ObjectID | None) -> bool:
        """Whether the base has since changed a file that our commit changes too."""
        if tip is None or base is None or tip.parent is None or tip.parent == base.decode():
            return False
        return not self.changes(target, tip.parent, base.decode()).keys().isdisjoint(tip.changed)

    def commit_of(self, target: Repository, commit: str) -> tuple[str, list[str]]:
        """The message and the parents of a commit."""
        with self._open(target) as repo:
            read = commit_in(repo.objects, commit)
            return read.message.decode("utf-8", "replace"), [parent.decode() for parent in read.parents]

    def is_on(self, target: Repository, commit: str, base: str) -> bool:
        """Whether a commit is the base, or an ancestor of it."""
        with self._open(target) as repo:
            return is_ancestor(repo.objects, commit, base, repo.shallow)

    def changes(self, target: Repository, before: str, after: str) -> dict[str, TreeEntry | None]:
        """The paths in which two commits differ, with the entry of the later one (None: deleted)."""
        with self._open(target) as repo:
            return changes_in(repo.objects, before, after)

    def list_files(self, target: Repository, commit: str, prefetch: Iterable[str] = ()) -> Listing:
        """List the files of a commit, without sizes."""
        with self._open(target) as repo:
            return listing_of(repo.objects, commit)

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit; absent ones are left out."""
        with self._open(target) as repo:
            root = commit_in(repo.objects, commit).tree
            contents = ((path, file_at(repo.objects, root, path)) for path in paths)
            return {path: data for path, data in contents if data is not None}

    def fetch(self, target: Repository, commit: str, *, most: int) -> ListedRepository:
        """List the files of a commit; they are read from disk one by one, without those of more than `most` bytes."""
        listing = self.list_files(target, commit)

        def read(paths: Iterable[str]) -> Mapping[str, bytes]:
            with self._open(target) as repo:
                entries = ((path, listing[path]) for path in paths if path in listing and is_blob(listing[path]))
                contents = ((path, file_in(repo.objects, _id(entry.blob or ""))) for path, entry in entries)
                return {path: data for path, data in contents if len(data) <= most}

        return ListedRepository(listing=listing, read=read)

    def last_author(self, target: Repository, commit: str, path: str) -> str:
        """Return who changed a file last."""
        with self._open(target) as repo:
            return author_of_change(repo.objects, commit, path)

    def commit(
        self,
        target: Repository,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
        above: str | None = None,
    ) -> str:
        """Set `branch` to a commit on top of `parent`, or above another."""
        with self._open(target) as repo:
            if expected not in (None, parent, above) and repo.denies_force:
                message = f"`{branch}` of {target.path} cannot be rewritten: `receive.denyNonFastForwards` is set"
                raise ForceRefusedError(message, hint="unset `receive.denyNonFastForwards`, or rename the branch")
            ref = ref_name(branch)
            repo.direct_ref(branch)
            with _write_errors(target, branch):
                when = int(self._clock())
                objects = commit_objects(
                    repo.objects, parent, files, message, author=_AUTHOR, when=when, sign=self._sign, above=above
                )
                commit = ObjectID(objects[-1].id)
                self._packer.write(Path(repo.git.controldir()) / "objects" / "pack", objects)
                if expected is None:
                    moved = repo.git.refs.add_if_new(ref, commit)
                else:
                    moved = repo.git.refs.set_if_equals(ref, _id(expected), commit)
                if not moved:
                    conflict = expected is None and repo.ref(branch) is None
                    raise branch_name_conflict(target, branch) if conflict else branch_moved(target, branch)
            self._writes += 1
            return commit.decode()

    def open_request(self, target: Repository, branch: str, text: RequestText, *, draft: bool) -> MergeRequest:
        """Open a merge request, or return the one that is already open."""
        path = self._file(target)
        with exclusive(path):
            requests = read_requests(path)
            for request in requests:
                if request["branch"] == branch and request["state"] == "open":
                    return open_request(request)
            new = {
                "repository": target.path,
                "number": max((request["number"] for request in requests), default=0) + 1,
                "state": "open",
                "branch": branch,
                "title": text.title,
                "body": text.body,
                "labels": sorted(text.labels),
                "reviewers": sorted(text.reviewers),
                "assignees": sorted(text.assignees),
                "created": datetime.fromtimestamp(self._clock(), UTC).date().isoformat(),
                "draft": draft,
                "notes": [],
            }
            write_requests(path, [*requests, new])
            self._writes += 1
            return open_request(new)

    def former_requests(self, target: Repository, branch: str) -> Sequence[MergeRequest]:
        """Return open merge requests of ours from another branch; into which branch they go is not recorded."""
        rows = (row for row in read_requests(self._file(target)) if row["state"] == "open" and row["branch"] != branch)
        return [open_request(row) for row in rows if mark_of(row["body"]) is not None]

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        """Record that a merge request may be merged; a person has to merge it."""
        with self._open(target) as repo:
            if repo.ref(self._branch_of(target, request)) != _id(expected):
                return "the branch has changed"
        self._change(target, request.number, lambda row: row.__setitem__("auto_merge", True))
        return ""

    def ci_fails(self, target: Repository, commit: str) -> bool:
        """Return False: a folder has no CI."""
        return False

    def required_approvals(self, target: Repository, request: MergeRequest) -> int:
        """Return 1: the person who merges."""
        return 1

    def _branch_of(self, target: Repository, request: MergeRequest) -> str:
        return next(str(row["branch"]) for row in read_requests(self._file(target)) if row["number"] == request.number)

    def update_request(self, target: Repository, request: MergeRequest, text: RequestText) -> None:
        """Update title and body, and add labels and reviewers."""

        def change(row: dict[str, Any]) -> None:
            row["title"], row["body"] = text.title, text.body
            row["labels"] = sorted({*row["labels"], *text.labels})
            row["reviewers"] = sorted({*row["reviewers"], *text.reviewers})

        self._change(target, request.number, change)

    def make_ready(self, target: Repository, request: MergeRequest) -> None:
        """Make a draft ready."""
        self._change(target, request.number, lambda row: row.__setitem__("draft", False))

    def remove_label(self, target: Repository, request: MergeRequest, label: str) -> None:
        """Remove a label from a merge request."""

        def change(row: dict[str, Any]) -> None:
            row["labels"] = [name for name in row["labels"] if name != label]

        self._change(target, request.number, change)

    def with_access(self, target: Repository) -> Repository:
        """Return the repository as it is."""
        return target

    def has_request(self, target: Repository, number: int) -> bool:
        """Return whether a merge request exists."""
        with self._open(target):
            return any(row["number"] == number for row in read_requests(self._file(target)))

    def repository_settings(self, target: Repository) -> RepositorySettings:
        """Refuse: a folder has no settings."""
        raise CodexError("local repositories have no forge settings", hint="leave out `--forge-settings`")

    def review_host(self) -> ReviewHost:
        """Refuse: a folder has no page that shows threads."""
        raise no_reviews("a folder of bare repositories")

    def comment(self, target: Repository, request: MergeRequest, note: str, *, topic: str = NOTE) -> None:
        """Write our comment on a topic, or change it; only codexc writes comments."""
        text = note if topic == NOTE else f"<!-- codex:{topic} -->\n{note}"
        rows = read_requests(self._file(target))
        notes: list[str] = next((row["notes"] for row in rows if row["number"] == request.number), [])
        others = [other for other in notes if _topic(other) != _topic(text)]
        if text not in notes:
            self._change(target, request.number, lambda row: row.__setitem__("notes", [*others, text]))

    def close_request(self, target: Repository, request: MergeRequest) -> None:
        """Close a merge request."""
        self._change(target, request.number, lambda row: row.__setitem__("state", "closed"))

    def delete_branch(self, target: Repository, branch: str, *, expected: str) -> None:
        """Delete our branch, if it is at `expected`."""
        with self._open(target) as repo:
            repo.direct_ref(branch)
            with _write_errors(target, branch):
                if not repo.git.refs.remove_if_equals(ref_name(branch), _id(expected)):
                    raise branch_moved(target, branch)
            self._writes += 1

    def probe(self) -> Iterator[Probe]:
        """Check that the folder is writable."""
        yield Probe(name="host", ok=True, details=f"`{self._root}`")
        writable = os.access(self._root, os.W_OK)
        hint = "" if writable else f"make `{self._root}` writable"
        yield Probe(name="token", ok=writable, details="writable" if writable else "not writable", hint=hint)

    def probe_repository(self, target: Repository) -> Iterator[Probe]:
        """Check that a repository is writable."""
        path = self._root / f"{target.path}.git" / "refs"
        writable = os.access(path, os.W_OK)
        hint = "" if writable else f"make `{path}` writable"
        yield Probe(name="writing", ok=writable, details=f"`{path}` is {'' if writable else 'not '}writable", hint=hint)

    def _change(self, target: Repository, number: int, change: Callable[[dict[str, Any]], None]) -> None:
        change_request(self._file(target), number, change)
        self._writes += 1

    @contextmanager
    def _open(self, target: Repository) -> Iterator[OpenedRepository]:
        """Open a repository; each thread keeps its last one open, since it makes several calls for each."""
        path = str(self._root / f"{target.path}.git")
        self._git += 1
        last: OpenedRepository | None = getattr(self._last, "opened", None)
        if last is None or last.path != path:
            last = self._last.opened = None  # closes it, also if the next one cannot be opened
            self._last.opened = last = OpenedRepository(path)
        yield last

    def _file(self, target: Repository) -> Path:
        return self._root / f"{target.path}.requests.json"


def _topic(note: str) -> str:
    """The topic of a comment, by its first line; that of a comment without one is empty."""
    return note.partition("\n")[0] if note.startswith("<!-- codex:") else ""


@contextmanager
def _write_errors(target: Repository, branch: str) -> Iterator[None]:
    """Raise errors of writing as our own: for a file that another process has locked, run the sync again.

    An error of the disk fails this repository alone.
    """
    try:
        yield
    except FileLocked as error:
        lock = os.fsdecode(error.lockfilename)
        raise stale_lock(lock) or locked_branch(target, branch, lock) from error
    except NotADirectoryError as error:
        raise branch_name_conflict(target, branch) from error
    except OSError as error:
        release_locks(error)
        raise CodexError(f"`{branch}` of {target.path} cannot be written: {error.strerror}") from error


def _id(commit: str) -> ObjectID:
    return ObjectID(commit.encode())
